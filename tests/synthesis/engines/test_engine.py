"""Speaking: spans, repeatability, stopping, refusing; templates as bytes."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from synthesis.audio.decoding import Recording
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.adaptation import AdaptationPlan
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.refusals import AudioRefused, TemplateInvalid, TextRefused, VoiceMismatch
from synthesis.template import VoiceTemplate
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from synthesis.verification import ge2e

TEXT = "Hello there, Dr. Smith. It costs $12.50.\n\nSee you soon!"


def test_chunks_carry_their_span_and_their_offset(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    chunks = list(engine.synthesize(TEXT, mixed))
    last = {chunk.start: chunk for chunk in chunks}  # of each sentence
    spoken = [TEXT[c.start : c.end] for c in last.values()]
    assert spoken == ["Hello there, Dr. Smith.", "It costs $12.50.", "See you soon!"]
    assert chunks[0].offset == 0.0
    assert chunks[1].offset == pytest.approx(chunks[0].seconds)
    for chunk in chunks:
        assert chunk.samples.dtype == np.float32
        assert np.abs(chunk.samples).max() <= 0.98
    for chunk in last.values():
        assert abs(chunk.samples[-1]) < 0.01


def test_whisper_reads_what_was_written(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    text = "The library opens at nine, and the garden behind it is never closed."
    samples = np.concatenate([c.samples for c in engine.synthesize(text, mixed)])
    assert word_error_rate(text, transcribe(samples, engine.sample_rate)) <= 0.1


def test_the_same_text_voice_and_seed_give_the_same_audio(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    first = [c.samples for c in engine.synthesize("Again and again.", mixed, seed=4)]
    again = [c.samples for c in engine.synthesize("Again and again.", mixed, seed=4)]
    other = [c.samples for c in engine.synthesize("Again and again.", mixed, seed=5)]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_a_stored_template_speaks_like_the_fresh_one(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    data = mixed.to_bytes()
    assert len(data) < 200_000
    once = VoiceTemplate.from_bytes(data)
    assert once.to_bytes() == data
    assert once.details == mixed.details


@pytest.mark.parametrize("data", [b"", b"junk" * 40, (8).to_bytes(8, "little") + b"{}      "])
def test_bytes_that_are_no_template_are_refused(data: bytes) -> None:
    with pytest.raises(TemplateInvalid):
        VoiceTemplate.from_bytes(data)


def test_speed_changes_the_length(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    text = "A sentence of some length, to measure."
    slow = sum(c.seconds for c in engine.synthesize(text, mixed, speed=0.75))
    fast = sum(c.seconds for c in engine.synthesize(text, mixed, speed=1.5))
    assert 1.6 < slow / fast < 2.4


def test_stopping_ends_the_work_within_one_chunk(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    stop = threading.Event()
    heard = 0
    for _ in engine.synthesize("One. Two. Three. Four.", mixed, stop=stop):
        heard += 1
        stop.set()
    assert heard == 1


@pytest.mark.parametrize("text", ["", "   \n ", "!?…"])
def test_nothing_to_say_is_refused_before_the_stream_opens(
    engine: KokoroEngine, mixed: VoiceTemplate, text: str
) -> None:
    with pytest.raises(TextRefused):
        engine.synthesize(text, mixed)


def test_a_template_of_another_engine_is_refused_before_the_stream_opens(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    with pytest.raises(VoiceMismatch, match="enrol the voice again"):
        engine.synthesize("Hello.", replace(mixed, version="0"))


def test_a_failed_sentence_fails_the_stream(
    engine: KokoroEngine, mixed: VoiceTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak, calls = engine._speak, []

    def breaks(*args: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        return speak(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "_speak", breaks)
    with pytest.raises(RuntimeError, match="out of memory"):
        list(engine.synthesize("One. Two. Three.", mixed))
    assert len(calls) == 2


def test_a_word_no_model_can_read_is_refused(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    spoken = list(engine.prepare("supercalifragilistic" * 60, mixed))
    assert all(line.tokens.shape[1] <= 512 for line in spoken)


def test_mixing_an_unknown_style_is_refused(engine: KokoroEngine) -> None:
    with pytest.raises(ValueError, match="jf_alpha"):
        engine.mix({"nobody": 1.0})


def test_too_little_speech_is_refused(person: list[Recording]) -> None:
    with pytest.raises(AudioRefused) as refusal:
        enrol_speaker(KokoroEngine(), [person[2]])
    assert refusal.value.code in ("too_short", "unreadable")


@pytest.mark.slow
def test_a_few_steps_already_move_the_voice_towards_the_speaker(
    engine: KokoroEngine, person: list[Recording]
) -> None:
    quick = KokoroEngine()
    quick.__dict__["model"] = engine.model
    stages: list[str] = []
    template = enrol_speaker(
        quick,
        person[:4],
        plan=AdaptationPlan(steps=12, check_every=12),
        progress=lambda stage, share: stages.append(stage),
    )
    assert template.report["similarity"] > 0.62
    assert template.report["seconds_used"] > 15
    assert template.report["limits"]
    assert stages[0] == "Listening to your recordings"
    assert stages[-1] == "Done"
    known = ge2e.embed(person[5].samples, person[5].rate)
    sentence = "The old bridge was closed for the winter, so we took the longer road."
    stock = quick.mix({template.report["read_with"]: 1.0})
    before, after = (
        ge2e.embed(np.concatenate([c.samples for c in quick.synthesize(sentence, t)]), 24_000)
        for t in (stock, template)
    )
    assert ge2e.similarity(after, known) > ge2e.similarity(before, known) + 0.03
