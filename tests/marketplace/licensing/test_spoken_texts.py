"""Spoken texts are kept encrypted for a time, and every request is in the audit trail."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from marketplace.accounts.services import appoint_auditor
from marketplace.compliance.models import AuditEvent
from marketplace.licensing import reservations, settlement, spoken_texts
from marketplace.licensing.models import Generation, SpokenText
from marketplace.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db
TEXT = "The tide comes in at noon."


@pytest.fixture
def generation() -> Generation:
    key, _ = factories.make_key()
    slug = key.licences.get().voice.slug
    return reservations.reserve(key=key, wanted=factories.wanted(slug, TEXT))


def test_a_spoken_text_is_sealed_and_opened_by_auditors_with_a_reason(
    generation: Generation,
) -> None:
    assert TEXT.encode() not in bytes(SpokenText.objects.get().sealed)
    auditor = appoint_auditor(user=factories.make_user())
    for by, reason, code in (
        (generation.api_key.owner, "Mine.", "not_allowed"),
        (auditor, " ", "reason_missing"),
    ):
        with pytest.raises(Refused) as refusal:
            spoken_texts.open_text(generation=generation, by=by, reason=reason)
        assert refusal.value.code == code
    opened = spoken_texts.open_text(generation=generation, by=auditor, reason="A complaint.")
    assert opened == TEXT
    event = AuditEvent.objects.get(action="speech.text_opened")
    assert (event.actor, event.details["reason"]) == (auditor, "A complaint.")


def test_the_command_opens_it_too(
    generation: Generation, capsys: pytest.CaptureFixture[str]
) -> None:
    auditor = appoint_auditor(user=factories.make_user())
    call_command(
        "open_spoken_text", str(generation.public_id), by=auditor.email, reason="A complaint."
    )
    assert capsys.readouterr().out.strip() == TEXT
    with pytest.raises(CommandError):
        call_command("open_spoken_text", "nothing", by=auditor.email, reason="A complaint.")


def test_a_spoken_text_is_forgotten_in_time(generation: Generation) -> None:
    assert spoken_texts.forget_texts() == 0
    SpokenText.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert spoken_texts.forget_texts() == 1
    with pytest.raises(Refused):
        spoken_texts.open_text(
            generation=generation, by=appoint_auditor(user=factories.make_user()), reason="x"
        )


def test_an_operator_may_keep_none(settings: object) -> None:
    settings.SPOKEN_TEXT_DAYS = 0  # type: ignore[attr-defined]
    key, _ = factories.make_key()
    reservations.reserve(key=key, wanted=factories.wanted(key.licences.get().voice.slug, TEXT))
    assert not SpokenText.objects.exists()


def test_every_request_is_in_the_audit_trail_by_its_texts_hash(generation: Generation) -> None:
    settlement.settle(generation_id=generation.pk, characters=len(TEXT), seconds=1.0)
    event = AuditEvent.objects.get(action="speech.settled")
    assert event.details["text_sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()
    assert event.details["licence"] == generation.licence.number  # type: ignore[union-attr]
    assert event.details["characters"] == len(TEXT)
    assert TEXT not in str(event.details)
