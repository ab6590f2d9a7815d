"""When each phoneme was said: dynamic time warping against the model's own reading."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.audio.compiled import compiled_librosa
from synthesis.models.generator import FRAME, SAMPLE_RATE

_HOP = FRAME // 2  # warping at 80 Hz, twice as fine as the durations it yields


def _features(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean-normalized MFCCs with their slope [26, frames] at 80 Hz."""
    mfcc = compiled_librosa().feature.mfcc(
        y=samples, sr=SAMPLE_RATE, n_mfcc=14, n_fft=1024, hop_length=_HOP, n_mels=40, fmax=7_600
    )[1:]
    mfcc = (mfcc - mfcc.mean(axis=1, keepdims=True)) / (mfcc.std(axis=1, keepdims=True) + 1e-5)
    slope = compiled_librosa().feature.delta(mfcc, width=5)
    stacked: NDArray[np.float32] = np.concatenate([mfcc, 2.0 * slope])
    return stacked


def transfer_durations(
    durations: Tensor, rendering: NDArray[np.float32], recording: NDArray[np.float32]
) -> Tensor:
    """Durations of the recording, from those of a rendering of the same phonemes.

    durations: [tokens] text frames of the rendering; both signals mono float32 at 24 kHz.
    Returns [tokens] text frames, each at least 1, that sum to the recording's length in frames.
    """
    _, path = compiled_librosa().sequence.dtw(
        _features(rendering),
        _features(recording),
        metric="euclidean",
        step_sizes_sigma=np.array([[1, 1], [1, 2], [2, 1], [1, 0], [0, 1]]),
        weights_mul=np.array([1.0, 1.4, 1.4, 1.6, 1.6]),
    )
    path = path[::-1]
    boundaries = torch.cumsum(durations, 0).numpy() * 2  # in 80 Hz frames of the rendering
    crossing = np.interp(boundaries, path[:, 0] + 0.5, path[:, 1] + 0.5)
    total = len(recording) // FRAME
    ends = np.round(crossing / 2).astype(int)
    ends[-1] = total
    count = len(ends)
    for i in range(count):  # every token keeps a frame and leaves one for each following token
        least = (ends[i - 1] if i else 0) + 1
        ends[i] = min(max(ends[i], least), total - (count - 1 - i))
    return torch.from_numpy(np.diff(ends, prepend=0))
