"""Whoever read a statement is written what a moderator decided about it."""

from __future__ import annotations

import pytest

from marketplace.consent import invitations, readings
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.voices.models import Voice
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db


def _waiting(voice: Voice, invitation: SpeakerInvitation | None = None) -> Consent:
    return factories.make_consent(
        voice, Consent.State.REVIEW, recording_key="consents/test", invitation=invitation
    )


def test_who_read_a_statement_is_written_that_it_counts_now() -> None:
    voice = factories.make_voice()
    readings.approve(consent=_waiting(voice), by=factories.make_moderator(), note="It is them.")
    (letter,) = delivered()
    assert letter.to == [voice.creator.user.email]
    assert letter.subject == f"Your consent for {voice.name} counts"
    assert f"/studio/voices/{voice.public_id}" in letter.body


def test_who_read_a_statement_is_written_why_it_was_refused() -> None:
    voice = factories.make_voice()
    readings.reject(consent=_waiting(voice), by=factories.make_moderator(), note="Two people.")
    (letter,) = delivered()
    assert letter.to == [voice.creator.user.email]
    assert "They wrote: Two people." in letter.body


def test_the_first_of_two_approvals_is_no_answer_yet() -> None:
    consent = _waiting(factories.make_voice())
    Consent.objects.filter(pk=consent.pk).update(compared=False)
    consent.refresh_from_db()
    readings.approve(consent=consent, by=factories.make_moderator(), note="It is them.")
    assert delivered() == []


def test_an_invited_speaker_is_written_and_their_uploader_is_not() -> None:
    voice = factories.make_voice()
    invitation = invitations.invite_speaker(
        voice=voice, legal_name="Ann Roe", email="ann@example.com", by=voice.creator.user
    )
    readings.reject(
        consent=_waiting(voice, invitation), by=factories.make_moderator(), note="Two people."
    )
    _, letter = delivered()
    assert letter.to == ["ann@example.com"]
    assert "Open the link that we sent you before" in letter.body
