"""Sealed details of the audit trail are opened by auditors alone, with a reason."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from marketplace.accounts.services import appoint_auditor
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent
from marketplace.consent.models import Consent
from marketplace.creators import vault
from tests import factories

pytestmark = pytest.mark.django_db


def _event() -> AuditEvent:
    consent = factories.make_consent(factories.make_voice())
    sealed = vault.seal_details(consent.voice.creator_id, note="Heard it with my own ears.")
    return audit.record(actor=None, action="consent.test", subject=consent, sealed=sealed)


def test_an_auditor_with_a_reason_reads_what_was_sealed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    event, auditor = _event(), factories.make_user()
    appoint_auditor(user=auditor)
    call_command("open_sealed", event.pk, by=auditor.email, reason="A dispute.")
    assert "Heard it with my own ears." in capsys.readouterr().out
    opened = AuditEvent.objects.get(action="audit.details_opened")
    assert (opened.actor, opened.details) == (auditor, {"reason": "A dispute."})


@pytest.mark.parametrize("reason", ["A dispute.", " "])
def test_nobody_else_does_and_nobody_without_a_reason(reason: str) -> None:
    event, user = _event(), factories.make_user()
    if not reason.strip():
        appoint_auditor(user=user)
    with pytest.raises(CommandError):
        call_command("open_sealed", event.pk, by=user.email, reason=reason)
    assert not AuditEvent.objects.filter(action="audit.details_opened").exists()


def test_what_was_sealed_for_an_erased_creator_stays_closed() -> None:
    event, auditor = _event(), factories.make_user()
    appoint_auditor(user=auditor)
    creator = Consent.objects.get(pk=event.subject_id).voice.creator
    vault.destroy_key(creator=creator)
    with pytest.raises(CommandError, match="erased"):
        call_command("open_sealed", event.pk, by=auditor.email, reason="A dispute.")
