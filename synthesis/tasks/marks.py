"""The watermark of what is delivered, and looking for it in what comes in."""

from __future__ import annotations

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from marketplace.provenance.models import Mark
from marketplace.signing import watermark_key
from synthesis.watermark.interface import Detection, Marker
from synthesis.watermark.methods import DEFAULT, detect, method


def watermarker_for(mark: Mark) -> Marker:
    """What writes a mark into chunks of audio, in their order."""
    return method(settings.WATERMARK).marker(watermark_key(), mark.payload)


def warm_marks() -> None:
    """Load what marking needs, so that the first listener doesn't wait."""
    method(settings.WATERMARK).marker(watermark_key(), 0)


def methods() -> list[str]:
    """Ways of marking that are looked for: that of the setting, and the default, in what is older."""
    return list(dict.fromkeys([settings.WATERMARK, DEFAULT]))


def find_mark(samples: NDArray[np.float32], rate: int) -> Detection:
    """Whether mono samples at any rate were spoken here, by any of `methods`."""
    return detect(samples, rate, watermark_key(), methods())
