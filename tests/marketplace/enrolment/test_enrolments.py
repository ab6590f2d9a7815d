"""Enrolment as a task: done once, resumed when its worker dies, abandoned after too many tries."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import storage
from marketplace.consent.models import Consent
from marketplace.consent.queries import consent_in_force
from marketplace.creators import vault
from marketplace.enrolment import enrolments, previews, queries
from marketplace.moderation import services as moderation
from marketplace.moderation.models import ProtectedVoice
from marketplace.policy import services as policy
from marketplace.policy.rules import EXPLANATIONS
from marketplace.queue import Work
from marketplace.refusals import Refused, Tampered
from marketplace.voices.models import Enrolment, Voice
from marketplace.voices.services import remove_recording
from synthesis.audio.decoding import Recording, decode
from synthesis.refusals import AudioRefused
from synthesis.tasks import learning
from synthesis.template import VoiceTemplate
from synthesis.verification import ge2e, same_person
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db
MIX = {"shares": {"jf_alpha": 0.5, "jm_kumo": 0.5}}


@pytest.fixture
def voice() -> Voice:
    return factories.make_voice(synthetic=True)


def _queued(voice: Voice) -> Enrolment:
    return enrolments.start_style_enrolment(voice=voice, style_mix=MIX, by=voice.creator.user)


def _silent_for(enrolment: Enrolment, age: timedelta) -> None:
    Enrolment.objects.filter(pk=enrolment.pk).update(heartbeat_at=timezone.now() - age)


def test_the_task_leaves_an_encrypted_template_and_clips_to_hear(voice: Voice) -> None:
    enrolment = _queued(voice)
    do(Work.ENROL_VOICE, enrolment.pk)
    do(Work.ENROL_VOICE, enrolment.pk)
    version = voice.versions.get()
    sealed = storage.get(version.storage_key)
    plain = vault.get(voice.creator_id, version.storage_key, version.sha256)
    assert VoiceTemplate.from_bytes(plain).details["shares"] == MIX["shares"]
    assert plain[:200] not in sealed
    do(Work.MAKE_PREVIEWS, version.pk)
    for preview in version.previews.all():
        assert decode(storage.get(preview.storage_key)).seconds > 1
        assert len(preview.waveform) == 72


@pytest.mark.slow
def test_a_clip_that_sounds_like_what_is_refused_is_not_made_and_its_creator_sees_why(
    voice: Voice,
) -> None:
    do(Work.ENROL_VOICE, _queued(voice).pk)
    version = voice.versions.get()
    text = "We must kyll all the jews"
    policy.require_fit(text)  # as it is written, nothing speaks against it
    clip = previews.set_own_preview(version=version, text=text, by=voice.creator.user)
    do(Work.MAKE_PREVIEWS, version.pk)
    clip.refresh_from_db()
    assert (clip.storage_key, clip.refused) == ("", EXPLANATIONS["hate"])
    assert not version.previews.filter(storage_key="").exclude(pk=clip.pk).exists()


def test_a_tampered_template_is_not_used(voice: Voice) -> None:
    do(Work.ENROL_VOICE, _queued(voice).pk)
    version = voice.versions.get()
    sealed = bytearray(storage.get(version.storage_key))
    sealed[40] ^= 1
    storage.put(version.storage_key, bytes(sealed))
    with pytest.raises(Tampered):
        vault.get(voice.creator_id, version.storage_key, version.sha256)


def test_a_running_enrolment_belongs_to_one_worker_until_it_falls_silent(voice: Voice) -> None:
    enrolment = _queued(voice)
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is None
    assert not queries.stalled_enrolments().exists()
    _silent_for(enrolment, 2 * queries.STALLED_AFTER)
    assert list(queries.stalled_enrolments()) == [enrolment]
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None


def test_an_enrolment_that_kills_every_worker_is_given_up_with_a_message(voice: Voice) -> None:
    enrolment = _queued(voice)
    for _ in range(enrolments.MAX_ATTEMPTS):
        assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None
        _silent_for(enrolment, 2 * queries.STALLED_AFTER)
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is None
    enrolment.refresh_from_db()
    assert enrolment.state == Enrolment.State.FAILED
    assert "try again later" in enrolment.error


def _learning(person: list[Recording]) -> Enrolment:
    voice = factories.make_voice()
    enrolment = Enrolment.objects.create(voice=voice, consent=factories.make_consent(voice))
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None
    enrolment.refresh_from_db()
    learning._first_impression(enrolment, person)
    enrolment.refresh_from_db()
    return enrolment


def test_a_first_impression_is_for_its_creator_alone_while_consent_stands(
    person: list[Recording], client: Client
) -> None:
    enrolment = _learning(person)
    address = reverse("storefront:first-impression", args=[enrolment.public_id])
    client.force_login(factories.make_user("stranger"))
    assert client.get(address).status_code == 404
    client.force_login(enrolment.voice.creator.user)
    heard = decode(client.get(address).content)
    assert heard.seconds > 3
    likeness = [
        ge2e.similarity(ge2e.embed(heard.samples, heard.rate), ge2e.embed(p.samples, p.rate))
        for p in person[:3]
    ]
    assert min(likeness) > 0.65
    Consent.objects.update(state=Consent.State.REVOKED)
    assert client.get(address).status_code == 404


def test_a_first_impression_goes_when_the_voice_is_learned_or_given_up(
    person: list[Recording], django_capture_on_commit_callbacks: Any
) -> None:
    enrolment = _learning(person)
    kept = enrolment.first_impression
    assert storage.get(kept)
    with django_capture_on_commit_callbacks() as callbacks:
        enrolments.fail_enrolment(enrolment_id=enrolment.pk, code="x", message="x")
    enrolment.refresh_from_db()
    assert enrolment.first_impression == ""
    assert (Work.DELETE_OBJECT, kept) in [callback.args for callback in callbacks]


def _consented(
    people: dict[str, list[Path]], *, recordings: list[Path], reading: Path
) -> Enrolment:
    """A voice whose consent a machine compared, queued to be learned from recordings."""
    voice = factories.make_voice()
    consent = factories.make_consent(voice, recording_key=f"consents/{voice.public_id}")
    consent.recording_sha256 = vault.put(
        voice.creator_id, consent.recording_key, reading.read_bytes()
    )
    consent.save()
    for file in recordings:
        row = factories.record(factories.make_recording(voice), file.read_bytes())
        row.file_name = file.name
        row.save()
    return enrolments.start_enrolment(voice=voice, consent=consent, by=voice.creator.user)


def test_a_recording_of_somebody_else_is_not_learned_wherever_it_stands(
    people: dict[str, list[Path]],
) -> None:
    own, foreign = (people[name] for name in sorted(people)[:2])
    enrolment = _consented(people, recordings=[*own[1:3], foreign[0]], reading=own[0])
    with pytest.raises(AudioRefused) as refusal:
        learning._learn(enrolment)
    assert refusal.value.code == "speaker_mismatch"
    assert foreign[0].name in str(refusal.value)
    assert own[1].name not in str(refusal.value)


def test_recordings_that_were_exchanged_after_the_reading_are_not_learned(
    people: dict[str, list[Path]],
) -> None:
    own, foreign = (people[name] for name in sorted(people)[:2])
    enrolment = _consented(people, recordings=foreign[:2], reading=own[0])
    with pytest.raises(AudioRefused, match="whoever read the consent statement"):
        learning._learn(enrolment)


def test_each_recording_is_screened_and_not_only_the_first(
    people: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = people[min(people)]
    enrolment = _consented(people, recordings=own[1:4], reading=own[0])
    shown = same_person.print_of(decode(own[3].read_bytes())).ge2e.tolist()
    screened: list[list[float]] = []
    screen = moderation.screen

    def noted(*, voice: Voice, embedding: list[float]) -> object:
        screened.append(embedding)
        return screen(voice=voice, embedding=embedding)

    monkeypatch.setattr(moderation, "screen", noted)
    learning._require_own_voice(
        enrolment,
        list(enrolment.voice.recordings.all()),
        [decode(file.read_bytes()) for file in own[1:4]],
    )
    assert len(screened) == 4
    assert screened[-1] == pytest.approx(shown)
    moderation.protect(
        embedding=shown, reason=ProtectedVoice.Reason.OPTED_OUT, encoder="test", by=None
    )
    with pytest.raises(AudioRefused, match="very similar"):
        learning._require_own_voice(
            enrolment,
            list(enrolment.voice.recordings.all()),
            [decode(file.read_bytes()) for file in own[1:4]],
        )


@pytest.mark.parametrize("by_ear", [{"compared": False}, {"given_by": "estate"}])
def test_what_a_moderator_compared_by_ear_covers_no_later_recording(
    by_ear: dict[str, object],
) -> None:
    voice = factories.make_voice()
    own = factories.make_recording(voice)
    factories.make_consent(voice, decided_by=factories.make_moderator(), **by_ear)
    remove_recording(recording=own, by=voice.creator.user)
    factories.make_recording(voice)
    with pytest.raises(Refused) as refusal:
        enrolments.start_enrolment(
            voice=voice, consent=consent_in_force(voice), by=voice.creator.user
        )
    assert refusal.value.code == "consent_elsewhere"


def test_recordings_that_nobody_heard_are_not_learned_behind_those_that_somebody_did(
    people: dict[str, list[Path]],
) -> None:
    own, foreign = (people[name] for name in sorted(people)[:2])
    enrolment = _consented(people, recordings=[*own[1:4], *foreign[:4]], reading=own[0])
    Consent.objects.update(
        compared=False, decided_by=factories.make_moderator(), recorded_at=timezone.now()
    )
    enrolment.refresh_from_db()
    with pytest.raises(AudioRefused, match="the speaker of most recordings"):
        learning._learn(enrolment)


def test_recordings_are_not_learned_in_place_of_those_that_were_heard() -> None:
    voice = factories.make_voice()
    own = factories.make_recording(voice)
    other = factories.make_recording(voice)
    factories.make_consent(
        voice, decided_by=factories.make_moderator(), compared=False, to_hear=[own.sha256],
        recorded_at=timezone.now(),
    )  # fmt: skip
    remove_recording(recording=own, by=voice.creator.user)
    with pytest.raises(Refused) as refusal:
        enrolments.start_enrolment(
            voice=voice, consent=consent_in_force(voice), by=voice.creator.user
        )
    assert refusal.value.code == "consent_elsewhere"
    assert other.file_name in str(refusal.value)
