"""Mel spectrograms and energy at the frame rates of the model."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.audio.compiled import compiled_librosa
from synthesis.models.generator import SAMPLE_RATE

CURVE_HOP = 300  # samples between F0 and energy values (80 Hz)


@lru_cache(maxsize=16)
def _filters(rate: int, n_fft: int, mels: int, top: float, htk: bool) -> NDArray[np.float32]:
    filters: NDArray[np.float32] = compiled_librosa().filters.mel(
        sr=rate, n_fft=n_fft, n_mels=mels, fmax=top, htk=htk, norm=None if htk else "slaney"
    )
    return filters


def mel_filters(n_fft: int, mels: int, top: float) -> Tensor:
    """Slaney mel filters [mels, n_fft // 2 + 1] from 0 to `top` Hz."""
    return torch.from_numpy(_filters(SAMPLE_RATE, n_fft, mels, top, False))


def magnitude(samples: Tensor, n_fft: int, hop: int, window: int) -> Tensor:
    """STFT magnitude of [batch, n] -> [batch, bins, frames], safe to differentiate at silence."""
    spectrum = torch.stft(
        samples,
        n_fft,
        hop,
        window,
        window=torch.hann_window(window, device=samples.device),
        center=True,
        return_complex=True,
    )
    return (spectrum.real.square() + spectrum.imag.square() + 1e-9).sqrt()


def energy(samples: Tensor) -> Tensor:
    """Log energy of [batch, n] at 80 Hz -> [batch, n // 300], as the predictor was trained to predict.

    Log of the L2 norm over 80 HTK mel bands of the power spectrogram (StyleTTS 2), whose filters
    were designed for 16 kHz.
    """
    power = magnitude(samples, 2048, CURVE_HOP, 1200).square()
    bands = torch.from_numpy(_filters(16_000, 2048, 80, 8_000.0, True)) @ power
    return torch.log(bands.norm(dim=1) + 1e-5)[:, : samples.shape[1] // CURVE_HOP]


def log_mel_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Mean distance of natural-log magnitudes in 80 mel bands up to 11 kHz, for equal lengths [n]."""
    filters = mel_filters(1024, 80, 11_000.0)
    first, second = (
        torch.log(filters @ magnitude(torch.from_numpy(samples)[None], 1024, 256, 1024) + 1e-4)
        for samples in (one, other)
    )
    return float((first - second).abs().mean())
