"""Who can't simply consent for themselves: minors with a guardian, and the dead by their estate."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.consent import challenges, estates, invitations, readings
from marketplace.consent.challenges import Agreements, Minor
from marketplace.consent.models import Consent
from marketplace.enrolment import enrolments
from marketplace.refusals import Refused
from marketplace.voices.models import Voice
from tests import factories

pytestmark = pytest.mark.django_db
ALL = Agreements(biometric=True, replication=True, terms=True)
ESTATE = {
    "legal_name": "Ada Ancestor", "representative": "Eve Executor", "uses": ["audiobook"],
    "years": 5, "note": "Will and certificate of inheritance.",
}  # fmt: skip


@pytest.fixture
def voice() -> Voice:
    voice = factories.make_voice()
    factories.make_recording(voice)
    return voice


def _challenge(voice: Voice, guardian: str, uses: list[str]) -> Consent:
    return challenges.issue_challenge(
        voice=voice, by=voice.creator.user, uses=uses, agreements=ALL, minor=Minor(guardian)
    )


def test_a_minor_names_their_guardian_aloud_and_a_moderator_decides(voice: Voice) -> None:
    consent = _challenge(voice, "Pat Parent", ["audiobook"])
    assert "and Pat Parent, my parent or guardian," in consent.statement
    readings.record_statement(consent=consent, data=b"OggS reading", by=voice.creator.user)
    found = readings.decide(consent_id=consent.pk, transcript="t", scores={})
    assert (found.state, found.reason_code) == ("review", "minor")


@pytest.mark.parametrize(
    ("guardian", "uses", "code"),
    [
        (" ", ["audiobook"], "guardian_missing"),
        ("\u3164\u200b", ["audiobook"], "guardian_missing"),
        ("x" * 121, ["audiobook"], "guardian_too_long"),
        ("Pat", ["audiobook", "adult"], "not_for_minors"),
    ],
)
def test_a_minor_needs_a_guardian_and_is_not_for_sensitive_uses(
    voice: Voice, guardian: str, uses: list[str], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        _challenge(voice, guardian, uses)
    assert refusal.value.code == code
    assert not voice.consents.exists()


def test_the_form_says_it_for_a_minor(voice: Voice, client: Client) -> None:
    client.force_login(voice.creator.user)
    client.post(
        reverse("storefront:challenge", args=[voice.public_id]),
        {"uses": ["audiobook"], "years": "5", "biometric": "1", "replication": "1", "terms": "1",
         "minor": "1", "guardian": "Pat Parent"},
    )  # fmt: skip
    consent = voice.consents.get()
    assert (consent.given_by, consent.representative) == ("guardian", "Pat Parent")


def test_an_estate_consents_through_two_moderators_and_the_voice_can_be_learnt(
    voice: Voice,
) -> None:
    moderator, second = factories.make_moderator(), factories.make_moderator()
    consent = estates.vouch_for_estate(voice=voice, by=moderator, **ESTATE)
    assert (consent.state, consent.first_approved_by) == ("second", moderator)
    with pytest.raises(Refused) as refusal:
        readings.approve(consent=consent, by=moderator, note="I saw them, really.")
    assert refusal.value.code == "second_person"
    with pytest.raises(Refused):
        enrolments.start_enrolment(voice=voice, consent=consent, by=voice.creator.user)
    consent = readings.approve(consent=consent, by=second, note="I saw them too.")
    assert (consent.state, consent.decided_by) == ("verified", second)
    assert "estate of Ada Ancestor, Eve Executor" in consent.statement
    assert enrolments.start_enrolment(voice=voice, consent=consent, by=voice.creator.user)
    with pytest.raises(Refused):
        estates.vouch_for_estate(voice=voice, by=moderator, **ESTATE)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"note": " "}, "note_missing"),
        ({"representative": ""}, "name_missing"),
        ({"uses": ["political"]}, "no_uses"),
        ({"years": 50}, "years"),
    ],
)
def test_an_estate_is_asked_for_everything(
    voice: Voice, fields: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        estates.vouch_for_estate(voice=voice, by=factories.make_moderator(), **{**ESTATE, **fields})
    assert refusal.value.code == code


def test_neither_creators_nor_whoever_asked_a_living_speaker_act_for_an_estate(
    voice: Voice, client: Client
) -> None:
    with pytest.raises(Refused) as refusal:
        estates.vouch_for_estate(voice=voice, by=voice.creator.user, **ESTATE)
    assert refusal.value.code == "not_a_moderator"
    invitations.invite_speaker(
        voice=voice, legal_name="Ada", email="ada@example.com", by=voice.creator.user
    )
    with pytest.raises(Refused) as refusal:
        estates.vouch_for_estate(voice=voice, by=factories.make_moderator(), **ESTATE)
    assert refusal.value.code == "speaker_lives"
    client.force_login(voice.creator.user)
    assert client.post(reverse("storefront:estate-consent")).status_code == 403


def test_the_desk_records_an_estates_consent(voice: Voice, client: Client) -> None:
    client.force_login(factories.make_moderator())
    client.post(reverse("storefront:estate-consent"), {**ESTATE, "voice": voice.slug})
    assert voice.consents.get().given_by == "estate"
