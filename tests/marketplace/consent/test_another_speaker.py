"""A voice stays the person's whose consent it was made with."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.consent import challenges, invitations, withdrawal
from marketplace.refusals import Refused
from marketplace.voices import services as voices
from tests import factories

pytestmark = pytest.mark.django_db
ALL = challenges.Agreements(biometric=True, replication=True, terms=True)


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
