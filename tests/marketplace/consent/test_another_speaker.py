"""A voice stays the person's whose consent it was made with."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.consent import challenges, estates, invitations, readings, withdrawal
from marketplace.consent.models import Consent
from marketplace.refusals import Refused
from marketplace.voices import services as voices
from tests import factories

pytestmark = pytest.mark.django_db
ALL = challenges.Agreements(biometric=True, replication=True, terms=True)
ESTATE: dict[str, Any] = {
    "legal_name": "Ada Ancestor", "representative": "Eve Executor", "uses": ["audiobook"],
    "years": 5, "note": "Will and certificate of inheritance.",
}  # fmt: skip


def test_nobody_else_consents_to_a_voice_whose_speaker_withdrew() -> None:
    voice = factories.make_listing(consent=False).voice
    uploader = voice.creator.user
    ada = invitations.invite_speaker(
        voice=voice, legal_name="Ada Actor", email="ada@example.com", by=uploader
    )
    factories.make_recording(voice)
    given = factories.make_consent(voice, invitation=ada, uses=["audiobook"])
    withdrawal.revoke(consent=given, by=None)
    bob = invitations.invite_speaker(
        voice=voice, legal_name="Bob Accomplice", email="bob@example.com", by=uploader
    )
    with pytest.raises(Refused) as refusal:
        challenges.issue_challenge(
            voice=voice, uses=["audiobook"], agreements=ALL, by=None, invitation=bob
        )
    assert refusal.value.code == "another_speaker"
    again = invitations.invite_speaker(
        voice=voice, legal_name="Ada Actor", email="Ada@example.com", by=uploader
    )
    challenges.issue_challenge(
        voice=voice, uses=["audiobook"], agreements=ALL, by=None, invitation=again
    )


def test_an_estate_does_not_consent_for_a_voice_that_was_learned_from_a_living_person() -> None:
    voice = factories.make_listing(consent=False).voice
    factories.make_recording(voice)
    withdrawal.revoke(consent=factories.make_consent(voice), by=voice.creator.user)
    with pytest.raises(Refused) as refusal:
        estates.vouch_for_estate(voice=voice, by=factories.make_moderator(), **ESTATE)
    assert refusal.value.code == "another_speaker"
    assert voice.consents.count() == 1


def test_an_estate_is_not_approved_once_somebody_else_has_consented() -> None:
    voice = factories.make_listing(consent=False).voice
    proposed = estates.vouch_for_estate(voice=voice, by=factories.make_moderator(), **ESTATE)
    factories.make_consent(voice, Consent.State.REVOKED)
    with pytest.raises(Refused) as refusal:
        readings.approve(consent=proposed, by=factories.make_moderator(), note="I saw them too.")
    assert refusal.value.code == "another_speaker"
    proposed.refresh_from_db()
    assert proposed.state == Consent.State.SECOND


@pytest.mark.parametrize(
    ("name", "refused"), [("ada  Ancestor", False), ("Bea Ancestor", True), ("", True)]
)
def test_after_an_estates_consent_only_the_same_estate_consents(name: str, refused: bool) -> None:
    voice = factories.make_listing(consent=False).voice
    factories.make_recording(voice)
    factories.make_consent(
        voice, Consent.State.REVOKED, given_by="estate", legal_name="Ada Ancestor", compared=False
    )

    def consent() -> None:
        if name:
            estates.vouch_for_estate(
                voice=voice, by=factories.make_moderator(), **{**ESTATE, "legal_name": name}
            )
        else:
            challenges.issue_challenge(
                voice=voice, uses=["audiobook"], agreements=ALL, by=voice.creator.user
            )

    if not refused:
        consent()
        return
    with pytest.raises(Refused) as refusal:
        consent()
    assert refusal.value.code == "another_speaker"
    assert voice.consents.count() == 1


def test_one_creator_does_not_fill_the_store(settings: Any) -> None:
    settings.CREATOR_AUDIO_BYTES = 100
    creator = factories.make_creator()
    one, other = factories.make_voice(creator), factories.make_voice(creator)
    voices.add_recording(voice=one, file_name="a.wav", data=b"a" * 60, by=creator.user)
    with pytest.raises(Refused) as refusal:
        voices.add_recording(voice=other, file_name="b.wav", data=b"b" * 60, by=creator.user)
    assert refusal.value.code == "too_much_audio"
    stranger = factories.make_creator()
    voices.add_recording(
        voice=factories.make_voice(stranger), file_name="b.wav", data=b"b" * 60, by=stranger.user
    )
