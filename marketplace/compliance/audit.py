"""Writing the audit trail."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import models

from marketplace.accounts.models import User
from marketplace.compliance.models import AuditEvent


def record(*, actor: User | None, action: str, subject: models.Model, **details: Any) -> AuditEvent:
    """Record that `actor` (None: the platform itself) did `action` to `subject`.

    Call it inside the transaction of the change. Details must hold neither secrets nor what people
    wrote: their words stay where erasure finds them, and the trail holds their `digest`.
    """
    return AuditEvent.objects.create(
        actor=actor,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        details=details,
    )


def digest(words: str) -> str:
    """SHA-256, in hex, that proves which words were written while they are stored elsewhere."""
    return hashlib.sha256(words.encode()).hexdigest()
