"""How fast a line is spoken: by the model as far as it does that well, beyond that by stretching."""

from __future__ import annotations

from dataclasses import dataclass

SPEEDS = (0.25, 4.0)  # that may be asked for
MODEL_PACES = (0.8, 1.15)  # beyond, words are lost that stretching keeps


@dataclass(frozen=True)
class Pace:
    """model: the factor by which phonemes are shorter than predicted; tempo: of the samples after that."""

    model: float
    tempo: float


def pace_of(rate: float, speed: float = 1.0) -> Pace:
    """The pace of a voice at a speed, which is brought into `SPEEDS`.

    rate: the voice's own, relative to the model's; its usual speed is never stretched.
    """
    wanted = rate * min(max(speed, SPEEDS[0]), SPEEDS[1])
    model = min(max(wanted, min(rate, MODEL_PACES[0])), max(rate, MODEL_PACES[1]))
    return Pace(model, wanted / model)
