"""Silence around speech is cut to measure, sounds are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthesis.audio.edges import LOUD, SOFT, UNCUT, Edges, Trimmer

RATE = 24_000
Samples = NDArray[np.float32]


def _trimmed(samples: Samples, edges: Edges, block: int = 2400) -> tuple[Samples, float]:
    trimmer = Trimmer(edges, RATE)
    made = [trimmer(samples[i : i + block]) for i in range(0, len(samples), block)]
    return np.concatenate([*made, trimmer.finish()]), trimmer.cut


def _noise(seconds: float, level: float) -> Samples:
    return np.random.default_rng(0).uniform(-level, level, round(seconds * RATE)).astype(np.float32)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


SPEECH = _noise(1.0, 0.5)


def test_silence_is_cut_to_what_is_wanted_on_both_sides() -> None:
    samples = np.concatenate([_silence(0.5), SPEECH, _silence(0.8)])
    made, cut = _trimmed(samples, Edges(0.1, 0.2))
    assert len(made) == pytest.approx(1.3 * RATE, abs=30)
    assert cut == pytest.approx(0.4, abs=0.001)


def test_less_silence_than_wanted_stays_as_it_is() -> None:
    samples = np.concatenate([_silence(0.05), SPEECH, _silence(0.1)])
    made, cut = _trimmed(samples, Edges(0.15, 0.3))
    assert len(made) == len(samples)
    assert cut == 0.0


def test_a_soft_onset_and_a_soft_release_are_kept_even_with_no_silence_wanted() -> None:
    soft = _noise(0.1, (SOFT + LOUD) / 2)
    samples = np.concatenate([_silence(0.5), soft, SPEECH, soft, _silence(0.5)])
    made, cut = _trimmed(samples, Edges(0.0, 0.0))
    assert cut == pytest.approx(0.48, abs=0.002)
    assert len(made) == pytest.approx(1.24 * RATE, abs=60)


def test_a_pause_inside_speech_stays() -> None:
    samples = np.concatenate([SPEECH, _silence(0.7), SPEECH])
    made, _ = _trimmed(samples, Edges(0.1, 0.1))
    assert len(made) == len(samples)


def test_a_noisy_voice_has_silence_too() -> None:
    noise = _noise(0.5, 2 * LOUD)
    made, _ = _trimmed(np.concatenate([noise, SPEECH, noise]), Edges(0.1, 0.2))
    assert len(made) == pytest.approx(1.3 * RATE, abs=60)


def test_the_end_fades_where_it_is_cut() -> None:
    noise = _noise(0.5, 0.9 * SOFT)
    made, _ = _trimmed(np.concatenate([SPEECH, noise]), Edges(0.1, 0.1))
    assert abs(made[0]) == abs(made[-1]) == 0


def test_uncut_speech_is_whole() -> None:
    samples = np.concatenate([_silence(0.5), SPEECH, _silence(0.8)])
    made, cut = _trimmed(samples, UNCUT)
    assert len(made) == len(samples)
    assert cut == 0.0


def test_a_stream_with_nothing_to_hear_is_whole() -> None:
    made, _ = _trimmed(_silence(0.5), Edges(0.1, 0.1))
    assert len(made) == len(_silence(0.5))


@given(st.integers(100, 40_000))
def test_the_size_of_blocks_changes_nothing(block: int) -> None:
    samples = np.concatenate([_silence(0.3), SPEECH, _silence(0.4), SPEECH, _silence(0.6)])
    assert np.array_equal(
        _trimmed(samples, Edges(0.1, 0.2), block)[0], _trimmed(samples, Edges(0.1, 0.2))[0]
    )


def test_the_settings_say_how_much_silence_there_is() -> None:
    assert Edges.read({}) == Edges(0.15, 0.3)
    assert Edges.read({"TIMBRE_SILENCE_BEFORE": "0", "TIMBRE_SILENCE_AFTER": "0.05"}) == Edges(
        0, 0.05
    )


@pytest.mark.parametrize("written", ["-1", "150ms", "nan", "inf"])
def test_a_silence_that_is_no_number_of_seconds_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="TIMBRE_SILENCE_AFTER is a number of seconds"):
        Edges.read({"TIMBRE_SILENCE_AFTER": written})
