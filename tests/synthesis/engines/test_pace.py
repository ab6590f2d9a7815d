"""How fast speech is spoken, and that nothing of it is lost."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from synthesis.engines.kokoro import KokoroEngine
from synthesis.engines.pace import MODEL_PACES, SPEEDS, pace_of
from synthesis.engines.script import lines_of
from synthesis.refusals import TextRefused
from synthesis.template import VoiceTemplate
from synthesis.text.phonemes import phonemize, tokenize
from synthesis.transcription.error_rate import words
from synthesis.transcription.whisper import transcribe

RATE = 24_000
OPENINGS = (
    "I paid for three coins yesterday.",
    "Every morning the baker opens the shop.",
    "Is anyone at home tonight?",
    "Under the table sat a small cat.",
    "After lunch we walked to the river.",
    "His brother works in the city.",
)


def _spoken(
    engine: KokoroEngine, text: str, template: VoiceTemplate, speed: float = 1.0
) -> NDArray[np.float32]:
    return np.concatenate([c.samples for c in engine.synthesize(text, template, speed=speed)])


def _edges(samples: NDArray[np.float32]) -> tuple[float, float]:
    """Seconds before and after what is louder than 40 dB under the peak."""
    heard = np.flatnonzero(np.abs(samples) > np.abs(samples).max() / 100)
    return heard[0] / RATE, (len(samples) - 1 - heard[-1]) / RATE


@pytest.mark.parametrize("rate", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("speed", [0.25, 0.5, 1.0, 1.5, 2.0, 4.0])
def test_the_model_speaks_at_paces_it_speaks_well_and_stretching_does_the_rest(
    rate: float, speed: float
) -> None:
    pace = pace_of(rate, speed)
    assert min(rate, MODEL_PACES[0]) <= pace.model <= max(rate, MODEL_PACES[1])
    assert pace.model * pace.tempo == pytest.approx(rate * speed)
    if speed == 1.0 or MODEL_PACES[0] <= rate * speed <= MODEL_PACES[1]:
        assert pace.tempo == 1.0


def test_a_speed_inside_a_speed_is_brought_into_the_range() -> None:
    assert pace_of(1.0, 16.0) == pace_of(1.0, SPEEDS[1])
    assert pace_of(1.0, 0.05) == pace_of(1.0, SPEEDS[0])


@pytest.mark.parametrize("speed", [0.2, 4.1, float("nan")])
def test_a_speed_out_of_range_is_refused(
    engine: KokoroEngine, mixed: VoiceTemplate, speed: float
) -> None:
    with pytest.raises(TextRefused, match=r"between 0\.25 and 4"):
        engine.synthesize("Hello.", mixed, speed=speed)


@pytest.mark.parametrize("pace", [0.8, 1.25, 2.0])
def test_the_first_sounds_begin_after_as_long_a_lead_at_any_pace(
    engine: KokoroEngine, mixed: VoiceTemplate, pace: float
) -> None:
    tokens = tokenize(phonemize(OPENINGS[1]))
    usual = engine.predict(tokens, mixed.prosody)
    other = engine.predict(tokens, mixed.prosody, pace)
    assert other.durations[0] == usual.durations[0]
    assert (other.durations[1:].sum() < usual.durations[1:].sum()) == (pace > 1)


@pytest.mark.slow
@pytest.mark.parametrize("speed", [1.5, 2.0])
def test_fast_speech_keeps_its_first_words(engine: KokoroEngine, speed: float) -> None:
    native = engine.mix({"af_heart": 1.0})
    silence = np.zeros(RATE // 2, np.float32)
    lost = []
    for text in OPENINGS:
        samples = np.concatenate([silence, _spoken(engine, text, native, speed)])
        heard = words(transcribe(samples, RATE))
        if heard[:1] != words(text)[:1]:
            lost.append((text, heard))
    assert not lost


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.8, 1.25, 2.0, 4.0])
def test_every_speed_takes_its_share_of_the_time(
    engine: KokoroEngine, mixed: VoiceTemplate, speed: float
) -> None:
    usual = list(engine.synthesize(OPENINGS[0], mixed))
    chunks = list(engine.synthesize(OPENINGS[0], mixed, speed=speed))
    (first, *_, last), (a, *_, b) = (
        [word for chunk in spoken for word in chunk.words] for spoken in (chunks, usual)
    )
    taken = (last.ends - first.begins) / (b.ends - a.begins)
    assert taken == pytest.approx(1 / speed, rel=0.1)


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.8])
def test_words_are_said_when_their_times_say(
    engine: KokoroEngine, mixed: VoiceTemplate, speed: float
) -> None:
    text = "Wait, here. Stop!"  # every word has silence around it
    chunks = list(engine.synthesize(text, mixed, speed=speed))
    samples = np.concatenate([chunk.samples for chunk in chunks])
    spoken = [word for chunk in chunks for word in chunk.words]
    assert [text[word.start : word.end] for word in spoken] == ["Wait,", "here.", "Stop!"]
    loud = np.abs(samples) > np.abs(samples).max() / 10
    times = np.flatnonzero(loud) / RATE
    slack = 0.1 / min(speed, 1.0)
    inside = np.zeros(len(times), bool)
    for word in spoken:
        own = (word.begins - slack < times) & (times < word.ends + slack)
        assert own.any()
        inside |= own
    assert inside.all()


@pytest.mark.parametrize("text", ["She sells fish.", "Who has four hats?", "No.\n\n"])
@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_little_silence_surrounds_speech(
    engine: KokoroEngine, mixed: VoiceTemplate, text: str, speed: float
) -> None:
    before, after = _edges(_spoken(engine, text, mixed, speed))
    assert before <= 0.15
    assert after <= 0.3


def test_the_silence_around_speech_is_chosen(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    from synthesis.audio.edges import Edges

    close = KokoroEngine(edges=Edges(0.03, 0.05))
    close.__dict__.update(model=engine.model, renderer=engine.renderer)
    usual = _edges(_spoken(engine, "Is anyone at home tonight?", mixed))
    closer = _edges(_spoken(close, "Is anyone at home tonight?", mixed))
    assert closer[0] < usual[0]
    assert closer[1] < usual[1]


def test_a_break_at_either_end_is_kept(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    document = '<speak><break time="700ms"/>Good morning.<break time="900ms"/></speak>'
    before, after = _edges(_spoken(engine, document, mixed))
    assert before >= 0.7
    assert after >= 0.9


def test_blank_lines_at_the_end_add_no_silence() -> None:
    assert [line.pause for line in lines_of("Good.\n\nBye.\n\n\n", "en-US")] == [0.35, 0.0]


def test_speech_that_is_cut_is_otherwise_the_same(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    """Frames that aren't rendered still count for those that are."""
    from synthesis.models.kokoro import noise_like

    assert mixed.rest is not None
    prosody = engine.predict(tokenize(phonemize(OPENINGS[2])), mixed.prosody)
    voice = (prosody.aligned, prosody.f0, prosody.energy, mixed.norms, mixed.rest)
    noise = noise_like(prosody.aligned.shape[2], 1)
    with torch.inference_mode():
        whole = np.concatenate(list(engine.renderer.blocks(*voice, noise)))
        rest = np.concatenate(list(engine.renderer.blocks(*voice, noise, 0.0, 8)))
    assert len(rest) == len(whole) - 8 * 600
    assert np.corrcoef(rest, whole[-len(rest) :])[0, 1] > 0.99
