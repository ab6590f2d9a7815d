"""What every way of marking speech offers: a marker for a stream, and blind detection."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Verdict(StrEnum):
    """What can be said of a clip."""

    WATERMARKED = "watermarked"
    NOT_DETECTED = "not_detected"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Detection:
    """payload: where it was read; score: how clearly, on the method's own scale; speed: of what
    was marked, as found; seconds: how much was looked at.
    """

    verdict: Verdict
    payload: int | None
    score: float
    speed: float
    seconds: float


class Marker(Protocol):
    """Marks one stream of 24 kHz samples."""

    def mark(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The next samples, marked; some may stay until more come or `finish`."""

    def finish(self) -> NDArray[np.float32]:
        """What is left: in all as many samples as went in."""


class Method(Protocol):
    """A way of marking; key: secret bytes, payload: 32 bits."""

    def marker(self, key: bytes, payload: int) -> Marker:
        """What marks a stream."""

    def detect(self, samples: NDArray[np.float32], rate: int, key: bytes) -> Detection:
        """Look for a mark of this method in mono samples at any rate."""
