"""Queries on enrolments."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from marketplace.voices.models import Enrolment

STALLED_AFTER = timedelta(seconds=90)  # without a heartbeat, a running enrolment is taken over


def stalled_enrolments(now: datetime | None = None) -> QuerySet[Enrolment]:
    """Enrolments whose worker died, or whose task never reached a worker."""
    now = now or timezone.now()
    return Enrolment.objects.filter(
        Q(state__in=Enrolment.OPEN, heartbeat_at__lt=now - STALLED_AFTER)
        | Q(state=Enrolment.State.QUEUED, heartbeat_at=None, created_at__lt=now - STALLED_AFTER)
    )
