"""Speech made faster or slower at its pitch."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from synthesis.audio.stretch import Stretch

RATE = 24_000
Samples = NDArray[np.float32]


def _stretched(samples: Samples, tempo: float, block: int = 1000) -> Samples:
    stretch = Stretch(tempo, RATE)
    made = [stretch(samples[i : i + block]) for i in range(0, len(samples), block)]
    return np.concatenate([*made, stretch.finish()])


def _bursts(times: list[float], seconds: float, pitch: float = 200.0) -> Samples:
    """Short tones around the given times."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    tone = np.hanning(2400) * np.sin(2 * np.pi * pitch * np.arange(2400) / RATE)
    for time in times:
        begin = round(time * RATE) - 1200
        samples[begin : begin + 2400] += 0.5 * tone.astype(np.float32)
    return samples


@pytest.mark.parametrize("tempo", [0.3, 0.5, 0.8, 1.0, 1.4, 2.0, 3.2])
def test_speech_is_as_much_shorter_as_the_tempo_says(tempo: float) -> None:
    samples = _bursts([0.5, 1.0, 2.5], 3.0)
    assert len(_stretched(samples, tempo)) == round(len(samples) / tempo)


@pytest.mark.parametrize("tempo", [0.3, 0.5, 0.8, 1.4, 2.0, 3.2])
def test_what_is_said_at_a_time_is_heard_at_that_time_over_the_tempo(tempo: float) -> None:
    times = [0.5 * k for k in range(1, 12)]
    made = _stretched(_bursts(times, 6.0), tempo)
    for time in times:
        part = slice(*(round((time + side) / tempo * RATE) for side in (-0.2, 0.2)))
        power = np.square(made[part].astype(float))
        heard = (part.start + (power * np.arange(len(power))).sum() / power.sum()) / RATE
        assert heard == pytest.approx(time / tempo, abs=0.015 / min(tempo, 1))


@pytest.mark.parametrize("tempo", [0.5, 1.6])
def test_the_pitch_stays(tempo: float) -> None:
    time = np.arange(2 * RATE) / RATE
    made = _stretched(np.sin(2 * np.pi * 220 * time).astype(np.float32), tempo)
    spectrum = np.abs(np.fft.rfft(made * np.hanning(len(made))))
    assert np.argmax(spectrum) * RATE / len(made) == pytest.approx(220, abs=4)


@pytest.mark.parametrize("tempo", [0.6, 2.5])
def test_the_size_of_blocks_changes_nothing(tempo: float) -> None:
    samples = _bursts([0.3, 0.9, 1.4], 2.0)
    assert np.allclose(_stretched(samples, tempo, 333), _stretched(samples, tempo, 9000), atol=1e-6)


def test_nothing_becomes_nothing() -> None:
    assert not len(Stretch(2.0, RATE).finish())
