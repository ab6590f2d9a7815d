"""Writing the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from marketplace.accounts.models import User
from marketplace.compliance.models import AuditEvent


def record(*, actor: User | None, action: str, subject: models.Model, **details: Any) -> AuditEvent:
    """Record that `actor` (None: the platform itself) did `action` to `subject`.

    Call it inside the transaction of the change. Details must hold neither secrets nor what people
    wrote: their words stay where erasure finds them, and the trail holds their `digest`.
    """
    event = _event(actor, action, subject, details)
    event.save(force_insert=True)
    return event


def record_each(
    *, actor: User | None, action: str, subjects: Iterable[tuple[models.Model, Mapping[str, Any]]]
) -> None:
    """Record, in one statement, that `actor` did `action` to each subject, with its own details."""
    AuditEvent.objects.bulk_create(
        _event(actor, action, subject, details) for subject, details in subjects
    )


def _event(
    actor: User | None, action: str, subject: models.Model, details: Mapping[str, Any]
) -> AuditEvent:
    return AuditEvent(
        actor=actor,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        details=dict(details),
    )


def digest(words: str) -> str:
    """SHA-256, in hex, that proves which words were written while they are stored elsewhere."""
    return hashlib.sha256(words.encode()).hexdigest()
