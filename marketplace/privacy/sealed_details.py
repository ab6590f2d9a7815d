"""What the audit trail holds sealed under a creator's key: scores of a reading, moderators' notes."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent
from marketplace.creators import vault
from marketplace.refusals import Refused


def open_details(*, event: AuditEvent, by: User, reason: str) -> dict[str, Any]:
    """The sealed details of an event, for an auditor; who opened them and why is recorded.

    Raises:
        Refused: not_allowed, reason_missing, nothing_sealed.
        KeyDestroyed: the creator was erased, and the details with them.
        Tampered: they are not what was sealed.
    """
    if not by.has_perm("privacy.open_retained"):
        raise Refused("not_allowed", "Only auditors open what the audit trail holds sealed.")
    if not reason.strip():
        raise Refused("reason_missing", "Say what it is opened for; it is recorded.")
    subject = apps.get_model(event.subject_type).objects.filter(pk=event.subject_id).first()
    voice = getattr(subject, "voice", None)
    if "sealed" not in event.details or voice is None:
        raise Refused("nothing_sealed", "This event holds no sealed details, or its row is erased.")
    audit.record(actor=by, action="audit.details_opened", subject=event, reason=reason.strip())
    return vault.unseal_details(voice.creator_id, event.details["sealed"])
