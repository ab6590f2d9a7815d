"""Someone else's voice: only they can consent, by their own link, and the uploader sees nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import storage
from marketplace.compliance.models import AuditEvent
from marketplace.consent import challenges, invitations, readings, withdrawal
from marketplace.consent.challenges import Agreements
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.licensing import reservations
from marketplace.queue import Work
from marketplace.refusals import Refused, SpeechRefused, StorageUnavailable
from marketplace.voices.models import Preview, Voice, VoiceVersion
from tests import factories, sounds
from tests.mailbox import delivered
from tests.work import do_as_queued

pytestmark = pytest.mark.django_db
ALL = Agreements(biometric=True, replication=True, terms=True)
CHOICES = {"uses": ["audiobook"], "years": "5", "biometric": "1", "replication": "1", "terms": "1"}
NAME = "Ada Actor"


@pytest.fixture
def voice() -> Voice:
    voice = factories.make_voice()
    factories.make_recording(voice)
    return voice


def _invite(voice: Voice) -> SpeakerInvitation:
    return invitations.invite_speaker(
        voice=voice, legal_name=NAME, email="ada@example.com", by=voice.creator.user
    )


def _token() -> str:
    found = re.search(r"/speaker#(\S+)", str(delivered()[-1].body))
    assert found
    return found[1]


@pytest.fixture
def link(voice: Voice) -> str:
    _invite(voice)
    return _token()


@pytest.fixture
def speaker(link: str) -> Client:
    """The speaker's own browser, not signed in."""
    cache.clear()  # links are counted by address, which all tests of a minute share
    client = Client()
    client.post(reverse("storefront:speaker"), {"token": link})
    return client


def _page(speaker: Client) -> str:
    return speaker.get(reverse("storefront:speaker")).content.decode()


def _challenge(voice: Voice, **fields: object) -> Consent:
    return challenges.issue_challenge(
        voice=voice, uses=["audiobook"], agreements=ALL, **{"by": voice.creator.user, **fields}
    )


def test_the_speaker_consents_by_their_link_without_an_account(
    voice: Voice, speaker: Client
) -> None:
    assert NAME in speaker.get(reverse("storefront:speaker")).content.decode()
    speaker.post(reverse("storefront:speaker-challenge"), CHOICES)
    consent = Consent.objects.get(voice=voice)
    assert (consent.legal_name, consent.invitation) == (NAME, voice.invitations.get())
    assert consent.statement in speaker.get(reverse("storefront:speaker-panel")).content.decode()


def test_the_uploader_cannot_consent_even_when_the_link_is_over(voice: Voice) -> None:
    invitation = _invite(voice)
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            _challenge(voice)
        assert refusal.value.code == "speaker_elsewhere"
        SpeakerInvitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())


def test_the_uploader_never_sees_the_statement_or_the_scores(
    voice: Voice, speaker: Client, client: Client
) -> None:
    speaker.post(reverse("storefront:speaker-challenge"), CHOICES)
    consent = Consent.objects.get(voice=voice)
    client.force_login(voice.creator.user)
    for name in ("studio-voice", "studio-panel", "studio-state"):
        shown = client.get(reverse(f"storefront:{name}", args=[voice.public_id])).content.decode()
        assert consent.phrase.split()[0] + "," not in shown
    taken = client.get(reverse("storefront:consent-evidence", args=[consent.public_id]))
    assert taken.status_code == 404


def test_a_second_link_ends_the_first(voice: Voice) -> None:
    first = _invite(voice)
    _invite(voice)
    first.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        _challenge(voice, by=None, invitation=first)
    assert refusal.value.code == "invitation_over"


def test_a_speaker_who_says_no_is_not_asked_again(voice: Voice, speaker: Client) -> None:
    speaker.post(reverse("storefront:speaker-decline"))
    assert "You said no" in speaker.get(reverse("storefront:speaker")).content.decode()
    with pytest.raises(Refused) as refusal:
        _invite(voice)
    assert refusal.value.code == "speaker_declined"


def test_a_speaker_withdraws_with_the_same_link_after_it_is_over(
    voice: Voice, speaker: Client
) -> None:
    invitation = voice.invitations.get()
    consent = factories.make_consent(
        voice, invitation=invitation, uses=["audiobook"], ends_at=timezone.now() + timedelta(9)
    )
    SpeakerInvitation.objects.update(expires_at=timezone.now())
    assert "You agreed" in speaker.get(reverse("storefront:speaker")).content.decode()
    speaker.post(reverse("storefront:speaker-withdraw"))
    consent.refresh_from_db()
    assert consent.state == Consent.State.REVOKED


def test_a_speaker_reads_a_newer_statement_beside_the_consent_in_force(
    voice: Voice, speaker: Client
) -> None:
    factories.make_consent(voice, invitation=voice.invitations.get(), uses=["audiobook"])
    speaker.post(reverse("storefront:speaker-challenge"), {**CHOICES, "uses": ["game"]})
    newest = voice.consents.first()
    assert newest is not None
    assert newest.uses == ["game"]
    page = speaker.get(reverse("storefront:speaker-panel")).content.decode()
    assert newest.statement in page
    assert "You agreed" in page


def test_a_speaker_whose_consent_ended_is_sent_another_link(voice: Voice, speaker: Client) -> None:
    consent = factories.make_consent(voice, invitation=voice.invitations.get())
    with pytest.raises(Refused) as refusal:
        _invite(voice)
    assert refusal.value.code == "already_consented"
    Consent.objects.filter(pk=consent.pk).update(ends_at=timezone.now() - timedelta(days=1))
    assert "Your consent ended on" in speaker.get(reverse("storefront:speaker")).content.decode()
    assert _invite(voice).pk != consent.invitation_id


def test_the_uploader_cannot_change_what_the_speaker_allowed(voice: Voice) -> None:
    consent = factories.make_consent(
        voice, invitation=_invite(voice), uses=["audiobook", "video_game"]
    )
    with pytest.raises(Refused) as refusal:
        withdrawal.narrow(consent=consent, uses=["audiobook"], by=voice.creator.user)
    assert refusal.value.code == "speaker_elsewhere"


def test_the_reading_of_another_link_is_not_reached(voice: Voice, speaker: Client) -> None:
    other = factories.make_voice()
    consent = factories.make_consent(other, Consent.State.CHALLENGED, invitation=_invite(other))
    answer = speaker.post(reverse("storefront:speaker-record", args=[consent.public_id]))
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"by": None}, "not_the_creator"),
        ({"legal_name": "  "}, "name_missing"),
        ({"email": None}, "own_address"),
    ],
)
def test_an_invitation_is_refused(voice: Voice, fields: dict[str, object], code: str) -> None:
    own = voice.creator.user
    details = {"legal_name": NAME, "email": "ada@example.com", "by": own, **fields}
    details["by"] = details["by"] or factories.make_user()
    details["email"] = details["email"] or own.email.upper()
    with pytest.raises(Refused) as refusal:
        invitations.invite_speaker(voice=voice, **details)  # type: ignore[arg-type]
    assert refusal.value.code == code


def test_without_a_link_there_is_only_the_question_for_one(client: Client) -> None:
    assert "code" in client.get(reverse("storefront:speaker")).content.decode()
    for name in ("speaker-challenge", "speaker-decline", "speaker-withdraw"):
        assert client.post(reverse(f"storefront:{name}")).status_code == 404
    for name in ("speaker-panel", "speaker-proof"):
        assert client.get(reverse(f"storefront:{name}")).status_code == 404


def test_an_unknown_link_is_said_to_be_unknown(client: Client) -> None:
    answer = client.post(reverse("storefront:speaker"), {"token": "x"}, follow=True)
    assert "not valid" in answer.content.decode()


def test_the_speaker_hears_what_was_uploaded_of_them_and_nothing_else(
    voice: Voice, speaker: Client
) -> None:
    own = factories.record(voice.recordings.get(), sounds.WAV)
    other = factories.record(
        factories.make_recording(factories.make_voice()), sounds.WAV + b"of others"
    )
    assert own.file_name in speaker.get(reverse("storefront:speaker")).content.decode()
    url = reverse("storefront:speaker-recording", args=[own.public_id])
    assert b"".join(speaker.get(url)) == sounds.WAV
    assert Client().get(url).status_code == 404
    elsewhere = reverse("storefront:speaker-recording", args=[other.public_id])
    assert speaker.get(elsewhere).status_code == 404


def test_the_speaker_erases_everything_by_their_link_and_the_uploader_is_told(
    voice: Voice,
    speaker: Client,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    do_as_queued(monkeypatch, Work.DELETE_OBJECT)
    listing = factories.make_listing(voice)
    key, _ = factories.make_key(factories.make_licence(listing))
    open_reading = factories.make_consent(voice, Consent.State.REVIEW)
    recorded = factories.record(voice.recordings.get(), b"of Ada").storage_key
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            answer = speaker.post(reverse("storefront:speaker-erase"))
    assert answer.status_code == 302
    page = speaker.get(reverse("storefront:speaker")).content.decode()
    assert "Everything about you was erased" in page
    assert NAME not in page
    assert not voice.recordings.exists()
    assert not VoiceVersion.objects.filter(voice=voice).exclude(storage_key="").exists()
    assert not Preview.objects.exists()
    with pytest.raises(StorageUnavailable):
        storage.get(recorded)
    open_reading.refresh_from_db()
    assert open_reading.state == Consent.State.REFUSED
    assert set(voice.invitations.values_list("legal_name", "email")) == {
        ("(erased)", "erased@erased.invalid")
    }
    with pytest.raises(SpeechRefused) as silence:
        reservations.reserve(key=key, wanted=factories.wanted(voice.slug, "Hello."))
    assert silence.value.code == "consent_withdrawn"
    with pytest.raises(Refused, match="said no"):
        _invite(voice)
    [told] = [letter for letter in delivered() if letter.to == [voice.creator.user.email]]
    assert "silent for everyone" in told.body
    assert AuditEvent.objects.filter(action="privacy.speaker_erased").count() == 1


def test_a_link_erases_its_own_voice_and_no_other(voice: Voice, speaker: Client) -> None:
    other = factories.make_voice(voice.creator)
    factories.make_recording(other)
    speaker.post(reverse("storefront:speaker-erase"))
    assert other.recordings.exists()
    assert Client().post(reverse("storefront:speaker-erase")).status_code == 404


def test_a_link_that_went_astray_erases_nothing_once_another_was_sent(
    voice: Voice, speaker: Client
) -> None:
    assert (
        "Erase everything about me" in speaker.get(reverse("storefront:speaker")).content.decode()
    )
    _invite(voice)
    page = speaker.post(reverse("storefront:speaker-erase"), follow=True).content.decode()
    assert "A newer link has been sent" in page
    assert "Erase everything about me" not in page
    assert voice.recordings.exists()
    assert not voice.invitations.exclude(declined_at=None).exists()


def test_who_got_the_first_link_still_says_no_once_the_uploader_sent_another_elsewhere(
    voice: Voice, speaker: Client
) -> None:
    newer = _invite(voice)
    reading = factories.make_consent(voice, Consent.State.CHECKING, invitation=newer)
    assert "No: my voice stays mine" in _page(speaker)
    speaker.post(reverse("storefront:speaker-decline"))
    assert "You said no" in _page(speaker)
    reading.refresh_from_db()
    assert (reading.state, reading.reason) == ("refused", "The speaker said no.")
    newer.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        _challenge(voice, by=None, invitation=newer)
    assert refusal.value.code == "invitation_over"
    with pytest.raises(Refused, match="said no"):
        _invite(voice)


def test_a_superseded_link_says_where_to_turn_once_somebody_consented_with_a_newer_one(
    voice: Voice, speaker: Client
) -> None:
    consent = factories.make_consent(voice, invitation=_invite(voice))
    answer = speaker.post(reverse("storefront:speaker-decline"), follow=True)
    page = answer.content.decode()
    assert "Somebody consented with a newer link" in page
    assert f'href="{reverse("storefront:my-voice")}"' in page
    consent.refresh_from_db()
    assert consent.state == Consent.State.VERIFIED
    assert not voice.invitations.exclude(declined_at=None).exists()


def test_a_no_refuses_the_reading_that_the_same_speaker_made_before(
    voice: Voice, speaker: Client
) -> None:
    reading = factories.make_consent(
        voice, Consent.State.CHECKING, invitation=voice.invitations.get()
    )
    speaker.post(reverse("storefront:speaker-decline"))
    reading.refresh_from_db()
    assert reading.state == Consent.State.REFUSED


@pytest.mark.parametrize("state", ["checking", "review", "second"])
def test_nobody_is_invited_while_the_uploaders_own_reading_may_still_be_verified(
    voice: Voice, state: str
) -> None:
    factories.make_consent(voice, state)
    with pytest.raises(Refused) as refusal:
        _invite(voice)
    assert refusal.value.code == "reading_undecided"
    assert not voice.invitations.exists()


def test_a_statement_is_not_read_by_the_uploader_once_its_speaker_was_invited_meanwhile(
    voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = _challenge(voice)
    lock = readings.lock_voice

    def lock_after_an_invitation(voice_id: int) -> Voice:
        if not voice.invitations.exists():
            _invite(voice)
        return lock(voice_id)

    monkeypatch.setattr(readings, "lock_voice", lock_after_an_invitation)
    with pytest.raises(Refused) as refusal:
        readings.record_statement(consent=consent, data=b"OggS reading", by=voice.creator.user)
    assert refusal.value.code == "speaker_elsewhere"
    consent.refresh_from_db()
    assert consent.state == Consent.State.CHALLENGED


@pytest.mark.parametrize("asked", [False, True])
def test_a_link_that_went_to_the_wrong_person_no_longer_plays_the_recordings(
    voice: Voice, speaker: Client, asked: bool
) -> None:
    recording = factories.record(voice.recordings.get(), sounds.WAV)
    address = reverse("storefront:speaker-recording", args=[recording.public_id])
    assert speaker.get(address).status_code == 200
    if asked:
        _challenge(voice, by=None, invitation=voice.invitations.get())
    _invite(voice)
    assert speaker.get(address).status_code == 404
    assert speaker.get(reverse("storefront:speaker-proof")).status_code == 404
    page = speaker.get(reverse("storefront:speaker")).content.decode()
    assert address not in page
