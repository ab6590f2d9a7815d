"""What every watermarking method offers: a marker for a stream, and blind detection."""

from __future__ import annotations

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
class Detection:
    """payload: None if it was not read; score: confidence on the method's own scale; speed: detected
    playback speed; seconds: how much was examined.
    """

    verdict: Verdict
    payload: int | None
    score: float
    speed: float
    seconds: float


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
