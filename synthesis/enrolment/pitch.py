"""Fundamental frequency of recordings (probabilistic YIN, Mauch & Dixon 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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
    import librosa

    f0, voiced, _ = librosa.pyin(
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
    kept = logs[np.abs(logs - np.median(logs)) < 0.6]
    return PitchRange(float(kept.mean()), float(max(kept.std(), 0.05)))


def move_range(f0: Tensor, target: PitchRange, source: PitchRange) -> Tensor:
    """F0 curve [batch, frames] moved from one speaker's log range to another's; unvoiced kept."""
    voiced = f0 > VOICED_ABOVE
    logs = torch.log(f0.clamp(min=VOICED_ABOVE))
    moved = target.log_mean + (logs - source.log_mean) * (target.log_std / source.log_std)
    return torch.where(voiced, torch.exp(moved).clamp(40.0, 700.0), f0)
