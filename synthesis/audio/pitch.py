"""Fundamental frequency of recordings (probabilistic YIN, Mauch & Dixon 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.audio.compiled import compiled_librosa
from synthesis.audio.resample import resample
from synthesis.models.generator import VOICED_ABOVE

_RATE = 16_000
_HOP = 200  # 80 Hz, the frame rate of the model's curves
FLOOR, CEILING = 55.0, 500.0  # Hz


@dataclass(frozen=True)
class PitchRange:
    """Mean and standard deviation of natural-log F0 over voiced frames."""

    log_mean: float
    log_std: float


def track(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """F0 in Hz at 80 Hz, 0 where unvoiced: [n / rate * 80]."""
    f0, voiced, _ = compiled_librosa().pyin(
        resample(samples, rate, _RATE),
        fmin=FLOOR,
        fmax=CEILING,
        sr=_RATE,
        frame_length=1024,
        hop_length=_HOP,
        resolution=0.2,
    )
    return np.where(voiced, np.nan_to_num(f0), 0.0).astype(np.float32)


def pitch_range(curves: list[NDArray[np.float32]]) -> PitchRange | None:
    """Range over the voiced frames of several curves, octave errors trimmed; None if unvoiced."""
    voiced = np.concatenate([curve[curve > VOICED_ABOVE] for curve in curves])
    if voiced.size < 40:
        return None
    logs = np.log(voiced)
    typical = logs[np.abs(logs - np.median(logs)) < 0.6]
    return PitchRange(float(typical.mean()), float(max(typical.std(), 0.05)))


def map_between(source: PitchRange, target: PitchRange) -> tuple[float, float]:
    """(offset, scale) that move log F0 from one range to another; the scale is limited to 0.6-1.6."""
    scale = min(max(target.log_std / source.log_std, 0.6), 1.6)
    return target.log_mean - scale * source.log_mean, scale


def move(f0: Tensor, offset: float, scale: float) -> Tensor:
    """F0 (Hz) [batch, frames] with exp(offset + scale * log F0) where voiced."""
    if (offset, scale) == (0.0, 1.0):
        return f0
    logs = torch.log(f0.clamp(min=VOICED_ABOVE))
    moved = torch.exp(offset + scale * logs).clamp(45.0, 650.0)
    return torch.where(f0 > VOICED_ABOVE, moved, f0)
