"""What every watermarking method offers: a marker for a stream, and blind detection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Verdict(StrEnum):
    """The verdict on a clip."""

    WATERMARKED = "watermarked"
    NOT_DETECTED = "not_detected"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Heard:
    """One mark of a clip; spans: where it is heard, in seconds from the beginning."""

    payload: int
    score: float
    spans: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return sum(end - begin for begin, end in self.spans)


def united(spans: Iterable[tuple[float, float]], seconds: float) -> tuple[tuple[float, float], ...]:
    """Spans in order, those that touch as one, none beyond the end of a clip; in hundredths of seconds."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted((round(a, 2), round(min(b, seconds), 2)) for a, b in spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif end > begin:
            joined.append((begin, end))
    return tuple(joined)


@dataclass(frozen=True)
class Detection:
    """payload: of the mark that is heard longest, None if none was read; score: confidence on the method's own
    scale; speed: detected playback speed; seconds: how much was examined; marks: all that were read.
    """

    verdict: Verdict
    payload: int | None
    score: float
    speed: float
    seconds: float
    marks: tuple[Heard, ...] = ()


class Marker(Protocol):
    """Marks one stream of 24 kHz samples."""

    def mark(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mark the next samples; some may be held back until more come or `finish`."""

    def finish(self) -> NDArray[np.float32]:
        """The samples held back; in all, as many come out as went in."""


class Method(Protocol):
    """A watermarking method; key: secret bytes, payload: 32 bits."""

    def marker(self, key: bytes, payload: int) -> Marker:
        """A marker for one stream."""

    def detect(self, samples: NDArray[np.float32], rate: int, key: bytes) -> Detection:
        """Look for a mark of this method in mono samples at any rate."""
