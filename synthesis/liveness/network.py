"""The detector: a small convolutional network over windows of a log spectrum.

It recognizes traces of a mouth in front of a microphone that a vocoder, a loudspeaker or an editor
does not leave. It is trained by `manage.py train_liveness`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.audio.resample import resample

SAMPLE_RATE = 16_000
N_FFT, HOP = 512, 160
WINDOW = 3 * SAMPLE_RATE  # samples per judgement
STRIDE = WINDOW // 2
LIVE, SYNTHETIC, REPLAY, SPLICED = range(4)
WEIGHTS = Path(__file__).parent / "liveness.safetensors"
BATCH = 16  # windows that are judged at a time, as each takes about 6 MB
LAST_WINDOWS = 2  # at the end of a reading, where the random words are


class LivenessNetwork(nn.Module):
    """samples [batch, WINDOW] at 16 kHz -> logits [batch, 4] of live, synthetic, replay, spliced."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(400), persistent=False)
        sizes = (1, width, width, 2 * width, 2 * width, 3 * width)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(a, b, 5, stride=2, padding=2, bias=False),
                nn.BatchNorm2d(b),
                nn.ReLU(),
            )
            for a, b in itertools.pairwise(sizes)
        )
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Linear(2 * sizes[-1] * 8, 4)

    def features(self, samples: Tensor) -> Tensor:
        """Log spectrum [batch, 1, 256, frames], each bin without its mean level, so that the colour of
        a microphone does not matter.
        """
        assert isinstance(self.window, Tensor)
        samples = samples / samples.square().mean(1, keepdim=True).sqrt().clamp(min=1e-5)
        spectrum = torch.stft(
            samples, N_FFT, HOP, win_length=400, window=self.window, return_complex=True
        ).abs()[:, 1:]
        logs = torch.log(spectrum + 1e-3)
        return (logs - logs.mean(2, keepdim=True))[:, None]

    def forward(self, samples: Tensor) -> Tensor:
        x = self.features(samples)
        for layer in self.layers:
            x = layer(x)
        # [batch, channels, 8 bands, frames]: mean and spread over time, band by band
        pooled = torch.cat([x.mean(3), x.std(3)], 1).flatten(1)
        logits: Tensor = self.out(self.dropout(pooled))
        return logits


@dataclass(frozen=True)
class Liveness:
    """live, synthetic, replay: shares (sum 1) of how much a reading sounds like a person, an engine, a
    loudspeaker. splices, last_splices: how much it sounds spliced, as a whole and at its end, in nats
    relative to live speech; compare only recordings of the same microphone.
    """

    live: float
    synthetic: float
    replay: float
    splices: float
    last_splices: float


@lru_cache(maxsize=1)
def network() -> LivenessNetwork:
    """The trained detector, frozen."""
    model = LivenessNetwork()
    model.load_state_dict(load_file(WEIGHTS))
    return model.eval().requires_grad_(False)


def windows_of(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Windows [n, WINDOW] of 16 kHz samples that aren't silent; short clips are repeated."""
    return np.concatenate(list(_batches(samples)))


def _batches(samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """The same windows, [at most BATCH, WINDOW] at a time."""
    if len(samples) < WINDOW:
        samples = np.tile(samples, -(-WINDOW // max(1, len(samples))))[:WINDOW]
    starts = range(0, len(samples) - WINDOW + 1, STRIDE)
    levels = np.sqrt([np.mean(samples[start : start + WINDOW] ** 2) for start in starts])
    heard = [
        start for start, level in zip(starts, levels, strict=True) if level > 0.2 * levels.max()
    ]
    for first in range(0, len(heard), BATCH):
        some = heard[first : first + BATCH]
        yield np.stack([samples[start : start + WINDOW] for start in some]).astype(np.float32)


def judge(samples: NDArray[np.float32], rate: int) -> Liveness:
    """Judge mono samples by the mean over windows of the logits."""
    batches = _batches(resample(samples, rate, SAMPLE_RATE))
    with torch.no_grad():
        logits = torch.cat([network()(torch.from_numpy(windows)) for windows in batches])
    live, synthetic, replay = F.softmax(logits.mean(0)[:SPLICED], 0).tolist()
    cut = logits[:, SPLICED] - logits[:, LIVE]
    return Liveness(
        round(live, 4),
        round(synthetic, 4),
        round(replay, 4),
        round(float(cut.mean()), 3),
        round(float(cut[-LAST_WINDOWS:].mean()), 3),
    )
