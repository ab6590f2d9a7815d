"""Prosody, emphasis, marks and languages, measured in what is spoken."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from synthesis.audio import loudness, pitch
from synthesis.engines.interface import AudioChunk
from synthesis.engines.kokoro import KokoroEngine
from synthesis.template import VoiceTemplate
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe

RATE = 24_000
SENTENCE = "We will see you on Monday morning, near the old harbour."


class Spoken:
    """What a document sounds like."""

    def __init__(self, engine: KokoroEngine, voice: VoiceTemplate, inside: str) -> None:
        self.document = f"<speak>{inside}</speak>"
        self.chunks: list[AudioChunk] = list(engine.synthesize(self.document, voice))
        self.samples = np.concatenate([chunk.samples for chunk in self.chunks])

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    def word(self, written: str) -> NDArray[np.float32]:
        """The samples of a word."""
        [span] = [
            w for c in self.chunks for w in c.words if written in self.document[w.start : w.end]
        ]
        return self.samples[round(span.begins * RATE) : round(span.ends * RATE)]


def _f0(samples: NDArray[np.float32]) -> float:
    """Median F0 in Hz."""
    curve = pitch.track(samples, RATE)
    return float(np.median(curve[curve > 0]))


def _level(samples: NDArray[np.float32]) -> float:
    """Root mean square in dB."""
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2)) + 1e-9))


@pytest.fixture(scope="module")
def plain(engine: KokoroEngine, mixed: VoiceTemplate) -> Spoken:
    return Spoken(engine, mixed, SENTENCE)


@pytest.mark.parametrize(("wanted", "semitones"), [("+4st", 4.0), ("-4st", -4.0), ("+25%", 3.86)])
def test_a_pitch_moves_the_fundamental_by_so_much(
    engine: KokoroEngine, mixed: VoiceTemplate, plain: Spoken, wanted: str, semitones: float
) -> None:
    moved = Spoken(engine, mixed, f'<prosody pitch="{wanted}">{SENTENCE}</prosody>')
    measured = 12 * np.log2(_f0(moved.samples) / _f0(plain.samples))
    assert measured == pytest.approx(semitones, abs=0.6)
    assert moved.seconds == pytest.approx(plain.seconds, abs=0.05)  # edges are cut by level


def test_a_pitch_in_hertz_is_the_sentences_median(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    spoken = Spoken(engine, mixed, f'<prosody pitch="160Hz">{SENTENCE}</prosody>')
    assert _f0(spoken.samples) == pytest.approx(160, rel=0.06)


def test_a_volume_changes_the_level_by_so_much_and_nothing_clips(
    engine: KokoroEngine, mixed: VoiceTemplate, plain: Spoken
) -> None:
    for wanted, decibels, tolerance in (
        ("-6dB", -6.0, 0.2),
        ("x-soft", -12.0, 0.2),
        ("+6dB", 6.0, 2.5),
    ):
        changed = Spoken(engine, mixed, f'<prosody volume="{wanted}">{SENTENCE}</prosody>')
        assert _level(changed.samples) - _level(plain.samples) == pytest.approx(
            decibels, abs=tolerance
        )
        assert loudness.true_peak(changed.samples).max() <= loudness.CEILING * 1.02


def test_silent_words_take_their_time_and_are_not_heard_and_the_others_are_as_they_were(
    engine: KokoroEngine, mixed: VoiceTemplate, plain: Spoken
) -> None:
    spoken = Spoken(
        engine, mixed, SENTENCE.replace("Monday", '<prosody volume="silent">Monday</prosody>')
    )
    assert spoken.seconds == plain.seconds
    middle = spoken.word("Monday")[600:-600]
    assert np.abs(middle).max() < 1e-3
    assert _level(spoken.word("old")) == pytest.approx(_level(plain.word("old")), abs=0.1)
    steps = np.abs(np.diff(spoken.samples)).max()
    assert steps <= np.abs(np.diff(plain.samples)).max() * 1.05  # no click


def test_a_rate_inside_a_sentence_is_that_of_its_words(
    engine: KokoroEngine, mixed: VoiceTemplate, plain: Spoken
) -> None:
    spoken = Spoken(
        engine,
        mixed,
        SENTENCE.replace("Monday morning", '<prosody rate="60%">Monday morning</prosody>'),
    )
    slow = len(spoken.word("Monday")) / len(plain.word("Monday"))
    assert 1.35 < slow < 2.0
    rest = len(spoken.word("harbour")) / len(plain.word("harbour"))
    assert rest == pytest.approx(1.0, abs=0.15)


def test_emphasis_is_longer_higher_and_louder_and_reduced_the_reverse(
    engine: KokoroEngine, mixed: VoiceTemplate, plain: Spoken
) -> None:
    def measured(level: str) -> tuple[float, float, float]:
        spoken = Spoken(
            engine,
            mixed,
            SENTENCE.replace("morning", f'<emphasis level="{level}">morning</emphasis>'),
        )
        mine, own = spoken.word("morning"), plain.word("morning")
        return len(mine) / len(own), _f0(mine) / _f0(own), _level(mine) - _level(own)

    longer, higher, louder = measured("strong")
    assert longer > 1.15 and higher > 1.06 and louder > 1.0
    moderate = measured("moderate")
    assert 1.0 < moderate[1] < higher
    assert measured("none") == pytest.approx((1.0, 1.0, 0.0), abs=0.02)
    shorter, lower, softer = measured("reduced")
    assert shorter < 1.0 and lower < 0.97 and softer < -1.5


def test_a_mark_is_told_when_the_word_after_it_begins(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    spoken = Spoken(
        engine,
        mixed,
        '<mark name="first"/>Good morning. It is <mark name="now"/>late.<mark name="before"/>'
        '<break time="1s"/><mark name="after"/>Good night.<mark name="last"/>',
    )
    words = {spoken.document[w.start : w.end]: w for c in spoken.chunks for w in c.words}
    told = {mark.name: mark.at for c in spoken.chunks for mark in c.marks}
    assert list(told) == ["first", "now", "before", "after", "last"]
    assert told["now"] == words["late."].begins
    assert words["late."].ends <= told["before"] < told["after"] - 0.9
    assert told["last"] <= spoken.seconds + 1e-6


def test_what_is_in_another_language_is_spoken_in_it(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    french = "Je vous souhaite une bonne journée à la plage."
    spoken = Spoken(engine, mixed, f'Good morning. <lang xml:lang="fr">{french}</lang>')
    begins = next(
        w.begins for c in spoken.chunks for w in c.words if spoken.document[w.start : w.end] == "Je"
    )
    heard = transcribe(spoken.samples[round((begins - 0.1) * RATE) :], RATE, language="fr")
    assert word_error_rate(french, heard) <= 0.4, heard


@pytest.mark.slow  # what it sounds like; that it is spoken, quicker tests say
def test_a_pronunciation_is_heard_in_its_sentence(engine: KokoroEngine) -> None:
    spoken = Spoken(
        engine,
        engine.mix({"af_heart": 1.0}),  # an English style, whose accent Whisper knows
        'She ate a <phoneme alphabet="ipa" ph="təˈmɑːtoʊ">tomato</phoneme>, and a pear.',
    )
    assert word_error_rate("She ate a tomato, and a pear.", transcribe(spoken.samples, RATE)) <= 0.2
