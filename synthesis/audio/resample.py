"""Sample rate conversion."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


def resample(samples: NDArray[np.float32], source: int, target: int) -> NDArray[np.float32]:
    """Mono float32 [n] at `source` Hz to `target` Hz, band-limited."""
    if source == target:
        return samples.astype(np.float32, copy=False)
    import soxr

    converted: NDArray[np.float32] = soxr.resample(samples.astype(np.float32), source, target)
    return converted


@lru_cache(maxsize=1)
def _kernel() -> Tensor:
    """Low-pass at 8 kHz for 48 kHz samples: Kaiser-windowed sinc, gain 2 for the zeros between."""
    taps = torch.arange(-60, 61, dtype=torch.float64)
    cutoff = 7_600 / 48_000
    sinc = 2 * cutoff * torch.sinc(2 * cutoff * taps)
    window = torch.kaiser_window(121, periodic=False, beta=8.0, dtype=torch.float64)
    return (2 * sinc * window).float()[None, None]


def to_16k(samples: Tensor) -> Tensor:
    """24 kHz [batch, n] -> 16 kHz [batch, 2n / 3], differentiable (polyphase 2:3)."""
    doubled = torch.stack([samples, torch.zeros_like(samples)], dim=-1).flatten(1)
    return F.conv1d(doubled.unsqueeze(1), _kernel().to(samples), stride=3, padding=60).squeeze(1)
