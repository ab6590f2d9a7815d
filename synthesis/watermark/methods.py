"""The watermarking methods by name, and detection of several of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthesis.watermark.interface import Detection, Marker, Method, Verdict

DEFAULT = "spread_spectrum"
VERSIONS = {DEFAULT: "timbre-spread-spectrum 1", "audioseal": "timbre-audioseal 1"}


class SpreadSpectrum:
    """The built-in default: `embedding` and `detection`."""

    def marker(self, key: bytes, payload: int) -> Marker:
        from synthesis.watermark.embedding import Watermarker

        return Watermarker(key, payload)

    def detect(self, samples: NDArray[np.float32], rate: int, key: bytes) -> Detection:
        from synthesis.watermark import detection

        return detection.detect(samples, rate, key)


def method(name: str) -> Method:
    """A method by its name.

    Raises:
        ValueError: there is no such method.
    """
    if name == DEFAULT:
        return SpreadSpectrum()
    if name == "audioseal":
        from synthesis.watermark.audioseal import AudioSeal

        return AudioSeal()
    raise ValueError(f"There is no watermark “{name}”; choose one of {', '.join(VERSIONS)}.")


def detect(samples: NDArray[np.float32], rate: int, key: bytes, names: Sequence[str]) -> Detection:
    """Look for marks of several methods in order: the first detected, else the first inconclusive."""
    detections = []
    for name in names:
        detections.append(method(name).detect(samples, rate, key))
        if detections[-1].verdict == Verdict.WATERMARKED:
            return detections[-1]
    doubts = [each for each in detections if each.verdict == Verdict.INCONCLUSIVE]
    return (doubts or detections)[0]
