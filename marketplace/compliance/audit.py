"""Writing the audit trail."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import models

from marketplace.accounts.models import User
from marketplace.compliance.models import AuditEvent


def record(*, actor: User | None, action: str, subject: models.Model, **details: Any) -> AuditEvent:
    """Note that `actor` (None: the platform itself) did `action` to `subject`.

    Call it inside the transaction of the change; details must not hold secrets or what people
    wrote: that stays where erasure finds it, and here is its `digest`.
    """
    return AuditEvent.objects.create(
        actor=actor,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        details=details,
    )


def digest(words: str) -> str:
    """What proves in a record which words there were, as long as they are kept: SHA-256 in hex."""
    return hashlib.sha256(words.encode()).hexdigest()
