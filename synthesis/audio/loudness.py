"""Loudness (ITU-R BS.1770) and true peak of the speech we deliver."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

TARGET = -18.0  # LUFS, integrated
CEILING = 10 ** (-1.5 / 20)  # -1.5 dBTP, half a decibel under the limit for the watermark
_OVERSAMPLING = 4
_REACH = 96  # samples (4 ms) over which the limiter's gain falls and recovers
_MARGIN = 3 * _REACH  # samples to each side that affect one sample's gain


def integrated_loudness(samples: Samples, rate: int) -> float:
    """Integrated loudness in LUFS of mono samples [n]; -inf for silence or under 0.4 s."""
    import pyloudnorm

    if len(samples) < 0.4 * rate:
        return -math.inf
    return float(pyloudnorm.Meter(rate).integrated_loudness(samples.astype(np.float64)))


def gain_to_target(samples: Samples, rate: int) -> float:
    """The factor that brings samples to `TARGET`, at most 12 dB either way; 1 for silence."""
    loudness = integrated_loudness(samples, rate)
    if not math.isfinite(loudness):
        return 1.0
    return float(10 ** (min(max(TARGET - loudness, -12.0), 12.0) / 20))


def true_peak(samples: Samples) -> Samples:
    """Largest magnitude at and between the samples, per sample [n] (4 times oversampled)."""
    from scipy.signal import resample_poly

    if not len(samples):
        return samples
    between = np.abs(resample_poly(samples, _OVERSAMPLING, 1)).reshape(-1, _OVERSAMPLING)
    peak: Samples = between.max(axis=1)
    peak[1:] = np.maximum(peak[1:], peak[:-1])
    return peak


class Limiter:
    """A look-ahead limiter that keeps the true peak of a stream of blocks under `CEILING`.

    The gain at a sample depends only on the samples around it, so blocks of any size give the same
    sound. Call it with each block, then `finish` once; join what they return.
    """

    def __init__(self) -> None:
        self._pending = np.zeros(0, np.float32)
        self._done = 0  # samples of `_pending` already returned

    def __call__(self, block: Samples) -> Samples:
        self._pending = np.concatenate([self._pending, block])
        return self._release(max(self._done, len(self._pending) - _MARGIN))

    def finish(self) -> Samples:
        return self._release(len(self._pending))

    def _release(self, until: int) -> Samples:
        limited = self._limit(self._pending)[self._done : until]
        cut = max(0, until - _MARGIN)
        self._pending, self._done = self._pending[cut:], until - cut
        return limited

    @staticmethod
    def _limit(samples: Samples) -> Samples:
        if not len(samples) or float(np.abs(samples).max()) < 0.7 * CEILING:
            return samples
        from scipy.ndimage import minimum_filter1d, uniform_filter1d

        wanted = np.minimum(1.0, CEILING / np.maximum(true_peak(samples), 1e-6))
        lowest = minimum_filter1d(wanted, 2 * _REACH + 1, mode="nearest")
        smooth = uniform_filter1d(lowest, _REACH + 1, mode="nearest")
        limited: Samples = (samples * smooth).astype(np.float32)
        return limited
