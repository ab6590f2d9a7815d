"""The watermark in delivered speech, and its detection in uploads."""

from __future__ import annotations

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from marketplace.provenance.models import Mark
from marketplace.signing import watermark_key
from synthesis.watermark.interface import Detection, Marker
from synthesis.watermark.methods import DEFAULT, detect, method


def watermarker_for(mark: Mark) -> Marker:
    """A marker that writes a mark into consecutive chunks of audio."""
    return method(settings.WATERMARK).marker(watermark_key(), mark.payload)


def warm_marks() -> None:
    """Load everything for marking, so that the first listener doesn't wait."""
    method(settings.WATERMARK).marker(watermark_key(), 0)


def methods() -> list[str]:
    """The methods to look for: the configured one, and the default for older speech."""
    return list(dict.fromkeys([settings.WATERMARK, DEFAULT]))


def find_mark(samples: NDArray[np.float32], rate: int) -> Detection:
    """Look for a mark of any of `methods` in mono samples at any rate."""
    return detect(samples, rate, watermark_key(), methods())
