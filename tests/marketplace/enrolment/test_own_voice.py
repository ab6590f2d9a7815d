"""Only the consenting speaker's voice is learned: every second of it is heard, and what comes of it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.utils import timezone

from marketplace.consent.models import Consent
from marketplace.consent.queries import consent_in_force
from marketplace.creators import vault
from marketplace.enrolment import enrolments
from marketplace.moderation import services as moderation
from marketplace.moderation.models import Case, ProtectedVoice
from marketplace.queue import Work
from marketplace.refusals import Refused
from marketplace.voices.models import Enrolment
from marketplace.voices.services import recording_bytes, remove_recording
from synthesis.audio import quality
from synthesis.audio.decoding import Recording, decode
from synthesis.refusals import AudioRefused
from synthesis.tasks import learning, own_voice
from synthesis.template import VoiceTemplate
from synthesis.verification import same_person, stretches
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db


def _wav(samples: np.ndarray) -> bytes:
    sink = io.BytesIO()
    soundfile.write(sink, samples, 16_000, format="WAV", subtype="PCM_16")
    return sink.getvalue()


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


def _require_own(enrolment: Enrolment) -> None:
    rows = list(enrolment.voice.recordings.all())
    own_voice.require_own_voice(enrolment, rows, [decode(recording_bytes(row)) for row in rows])


def _print_of(seed: int) -> stretches.Print:
    vector = np.asarray(factories.make_embedding(seed), np.float32)
    return stretches.Print(vector, vector)


def _says_that_it_learned(
    monkeypatch: pytest.MonkeyPatch,
    template: VoiceTemplate,
    *,
    first: list[float] | None,
    final: list[float],
) -> None:
    """An engine whose templates are of somebody; first: None if there is no first impression."""

    def like(embedding: list[float]) -> VoiceTemplate:
        return replace(template, details={"embedding": embedding, "report": {}})

    def instant(*_: object, **__: object) -> VoiceTemplate:
        if first is None:
            raise AudioRefused("too_short", "No first impression.")
        return like(first)

    monkeypatch.setattr(learning, "instant_voice", instant)
    monkeypatch.setattr(learning, "enrol_speaker", lambda *_, **__: like(final))


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
    people: dict[str, list[Path]],
) -> None:
    own = people[min(people)]
    enrolment = _consented(people, recordings=own[1:4], reading=own[0])
    _require_own(enrolment)
    assert not Case.objects.exists()
    shown = stretches.hear(decode(own[3].read_bytes())).whole.ge2e.tolist()
    moderation.protect(
        embedding=shown, reason=ProtectedVoice.Reason.OPTED_OUT, encoder="test", by=None
    )
    with pytest.raises(AudioRefused, match="very similar"):
        _require_own(enrolment)


def test_each_part_of_a_recording_is_screened(
    people: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = people[min(people)]
    enrolment = _consented(people, recordings=own[1:2], reading=own[0])
    [unlike, usual] = [_print_of(seed) for seed in (1, 2)]
    heard = stretches.Heard([usual] * 20 + [unlike] * 10 + [usual] * 20, [0.0] * 50)
    monkeypatch.setattr(stretches, "hear", lambda _: heard)
    monkeypatch.setattr(same_person, "others_than", lambda *_: [])
    moderation.protect(
        embedding=unlike.ge2e.tolist(), reason=ProtectedVoice.Reason.OPTED_OUT, encoder="test",
        by=None,
    )  # fmt: skip
    with pytest.raises(AudioRefused, match="very similar"):
        _require_own(enrolment)
    assert Case.objects.get().voice == enrolment.voice


def test_a_few_seconds_of_somebody_else_in_a_recording_are_not_learned(
    people: dict[str, list[Path]],
) -> None:
    own, foreign = people["1688"], people["3080"][6]  # 16 s
    speech = [decode(file.read_bytes()).samples for file in (*own[1:4], foreign)]
    hidden = np.concatenate([speech[3][: 7 * 16_000], *speech[:3]])
    enrolment = _consented(people, recordings=own[4:5], reading=own[0])
    row = factories.record(factories.make_recording(enrolment.voice), _wav(hidden))
    row.file_name = "both.wav"
    row.save()
    with pytest.raises(AudioRefused) as refusal:
        learning._learn(enrolment)
    assert refusal.value.code == "speaker_mismatch"
    assert "both.wav (0:0" in str(refusal.value)
    enrolment.refresh_from_db()
    assert enrolment.first_impression == ""


@pytest.mark.parametrize("first", [True, False])
def test_what_was_learned_is_screened_before_any_clip_is_made_of_it(
    mixed: VoiceTemplate, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    own, hers = _print_of(1), factories.make_embedding(2)
    speaker = own_voice.ConsentingSpeaker([stretches.Heard([own], [0.0])], None)
    voice = factories.make_voice()
    consent = factories.make_consent(voice)
    enrolment = Enrolment.objects.create(voice=voice, consent=consent)
    _says_that_it_learned(monkeypatch, mixed, first=hers if first else None, final=hers)
    monkeypatch.setattr(own_voice, "require_own_voice", lambda *_, **__: speaker)
    moderation.protect(
        embedding=hers, reason=ProtectedVoice.Reason.OPTED_OUT, encoder="test", by=None
    )
    do(Work.ENROL_VOICE, enrolment.pk)
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.error_code) == ("failed", "voice_taken")
    assert enrolment.first_impression == ""
    assert not voice.versions.exists()
    assert Case.objects.get().voice == voice


def test_what_was_learned_is_of_whoever_was_heard(
    mixed: VoiceTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, hers = _print_of(1), factories.make_embedding(2)
    speaker = own_voice.ConsentingSpeaker([stretches.Heard([own], [0.0])], None)
    voice = factories.make_voice()
    enrolment = Enrolment.objects.create(voice=voice, consent=factories.make_consent(voice))
    _says_that_it_learned(monkeypatch, mixed, first=None, final=hers)
    monkeypatch.setattr(own_voice, "require_own_voice", lambda *_, **__: speaker)
    do(Work.ENROL_VOICE, enrolment.pk)
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.error_code) == ("failed", "speaker_mismatch")
    assert not voice.versions.exists()


def test_the_newest_recordings_are_learned_from_where_not_all_are_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    voice = factories.make_voice()
    _, second, third = (factories.make_recording(voice) for _ in range(3))
    quarter = Recording(np.zeros(int(learning.HEARD / 2), np.float32), 1, "wav")
    monkeypatch.setattr(learning, "recording_bytes", lambda _: b"")
    monkeypatch.setattr(learning, "decode", lambda _: quarter)
    rows, recordings = learning._recordings_of(voice)
    assert (rows, recordings) == ([second, third], [quarter, quarter])


@pytest.mark.slow
def test_half_a_minute_of_ones_own_in_the_middle_hides_no_stranger(
    people: dict[str, list[Path]],
) -> None:
    own, hers = (
        np.concatenate([decode(file.read_bytes()).samples for file in people[name]])
        for name in ("1688", "3080")
    )
    side = np.tile(hers, 3)[: 205 * 16_000]
    hidden = _wav(np.concatenate([side, own[: 34 * 16_000], side]))
    with pytest.raises(AudioRefused) as judged:
        quality.judge(decode(hidden))
    assert judged.value.code == "two_speakers"
    enrolment = _consented(people, recordings=people["1688"][1:2], reading=people["1688"][0])
    factories.record(enrolment.voice.recordings.get(), hidden)  # as if it had been accepted
    with pytest.raises(AudioRefused) as refusal:
        _require_own(enrolment)
    assert refusal.value.code == "speaker_mismatch"


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
