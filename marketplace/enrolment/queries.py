"""Queries on enrolments."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.consent.models import Consent
from marketplace.voices.models import Enrolment, Recording

STALLED_AFTER = timedelta(seconds=90)  # without a heartbeat, a running enrolment is taken over
BEYOND = gettext_noop(
    "The consent was compared by ear with other recordings than these: {names}. "
    "Remove what is new, or consent again."
)


def stalled_enrolments(now: datetime | None = None) -> QuerySet[Enrolment]:
    """Enrolments whose worker died, or whose task never reached a worker."""
    now = now or timezone.now()
    return Enrolment.objects.filter(
        Q(state__in=Enrolment.OPEN, heartbeat_at__lt=now - STALLED_AFTER)
        | Q(state=Enrolment.State.QUEUED, heartbeat_at=None, created_at__lt=now - STALLED_AFTER)
    )


def is_compared(consent: Consent) -> bool:
    """Whether a machine found its reading and the recordings alike, and so can compare new ones."""
    return consent.compared and consent.decided_by_id is None


def recordings_beyond(consent: Consent) -> list[str]:
    """Names of accepted recordings that nobody compared with the speaker, and no machine can."""
    if is_compared(consent):
        return []
    accepted = consent.voice.recordings.filter(state=Recording.State.ACCEPTED)
    if not consent.to_hear or accepted.filter(sha256__in=consent.to_hear).exists():
        accepted = accepted.filter(created_at__gt=consent.recorded_at or consent.created_at)
    return [recording.file_name for recording in accepted[:5]]
