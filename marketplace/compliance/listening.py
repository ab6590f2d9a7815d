"""Who of staff listened to what people recorded."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent

AGAIN_AFTER = timedelta(hours=1)  # a player asks for one recording many times, a range at a time


def note_heard(*, by: User, action: str, subject: models.Model) -> None:
    """Record that somebody is given a recording of another to hear, once in `AGAIN_AFTER`."""
    lately = AuditEvent.objects.filter(
        actor=by,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        at__gt=timezone.now() - AGAIN_AFTER,
    )
    if not lately.exists():
        audit.record(actor=by, action=action, subject=subject)
