"""GE2E speaker embeddings (Wan et al. 2018) with Resemblyzer's weights, differentiable.

This is our own code instead of the package's, so that a loss can be differentiated through it and
webrtcvad, which compiles from source, is not needed. `tests/synthesis/models/test_models.py` compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis import weights
from synthesis.audio.compiled import compiled_librosa
from synthesis.audio.resample import resample

SAMPLE_RATE = 16_000
EMBEDDING_SIZE = 256
EQUAL_ERROR_THRESHOLD = 0.718  # cosine; LibriSpeech: 0.4% of strangers above, of selves below
STRANGER_SIMILARITY = 0.525  # mean cosine of two different people
WINDOW = 160  # mel frames per embedding (1.6 s)
BATCH = 64  # windows that are embedded at a time, as each takes about 1 MB
TARGET_DBFS = -30.0


class SpeakerEncoder(nn.Module):
    """mels: [batch, frames, 40] -> unit embeddings [batch, 256]."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(40, 256, num_layers=3, batch_first=True)
        self.linear = nn.Linear(256, EMBEDDING_SIZE)

    def forward(self, mels: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(mels)
        return F.normalize(F.relu(self.linear(hidden[-1])), dim=1)


@lru_cache(maxsize=1)
def encoder() -> SpeakerEncoder:
    """The pretrained encoder, frozen."""
    model = SpeakerEncoder()
    checkpoint: dict[str, Any] = torch.load(
        weights.locate("ge2e/encoder.pt"), map_location="cpu", weights_only=True
    )
    state = {k: v for k, v in checkpoint["model_state"].items() if not k.startswith("similarity")}
    model.load_state_dict(state)
    return model.eval().requires_grad_(False)


@lru_cache(maxsize=1)
def _filters() -> NDArray[np.float32]:
    filters: NDArray[np.float32] = compiled_librosa().filters.mel(
        sr=SAMPLE_RATE, n_fft=400, n_mels=40
    )
    return filters


def mel(samples: Tensor) -> Tensor:
    """Power mel spectrogram of 16 kHz samples [batch, n] -> [batch, frames, 40] (10 ms hop)."""
    spectrum = torch.stft(
        samples,
        400,
        160,
        window=torch.hann_window(400, device=samples.device),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    power = spectrum.real.square() + spectrum.imag.square()
    return (torch.from_numpy(_filters()).to(power) @ power).transpose(1, 2)


def normalize_volume(samples: Tensor) -> Tensor:
    """Scale [batch, n] up to -30 dBFS, never down, as the encoder was trained."""
    rms = samples.square().mean(dim=-1, keepdim=True).sqrt().clamp(min=1e-7)
    return samples * (10 ** (TARGET_DBFS / 20) / rms).clamp(min=1.0)


def embed_windows(samples: Tensor) -> Tensor:
    """Embedding of each row of 16 kHz samples [batch, n >= 25,600] as a whole: [batch, 256]."""
    result: Tensor = encoder()(mel(normalize_volume(samples)))
    return result


def embed(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Speaker embedding of an utterance: mean over 1.6 s windows, unit length, [256].

    samples: mono float32 [n] in [-1, 1] at `rate` Hz; shorter than 1.6 s is padded by repetition.
    """
    embedding: NDArray[np.float32] = embed_each([samples], rate)[0]
    return embedding


def embed_each(pieces: Sequence[NDArray[np.float32]], rate: int) -> NDArray[np.float32]:
    """The same of several utterances [m, 256], several times faster than one after the other."""
    with torch.no_grad():
        windows = [_windows(piece, rate) for piece in pieces]
        together = torch.cat(windows)
        embeddings = torch.cat([encoder()(batch) for batch in torch.split(together, BATCH)])
        of_each = torch.split(embeddings, [len(each) for each in windows])
        means = [each.mean(dim=0) for each in of_each]
        return F.normalize(torch.stack(means), dim=1).numpy()


def _windows(samples: NDArray[np.float32], rate: int) -> Tensor:
    """Overlapping windows of an utterance's mel spectrogram: [windows, 160, 40]."""
    audio = torch.from_numpy(np.ascontiguousarray(resample(samples, rate, SAMPLE_RATE)))[None]
    needed = WINDOW * 160
    if audio.shape[1] < needed:
        audio = audio.repeat(1, -(-needed // max(1, audio.shape[1])))
    mels = mel(normalize_volume(audio))[0]
    step = round(SAMPLE_RATE / 1.3 / 160)
    starts = list(range(0, max(1, mels.shape[0] - WINDOW + 1), step))
    tail = starts[-1] + step
    if (mels.shape[0] - tail) / WINDOW >= 0.75:
        mels = F.pad(mels, (0, 0, 0, max(0, tail + WINDOW - mels.shape[0])))
        starts.append(tail)
    return torch.stack([mels[start : start + WINDOW] for start in starts])


def similarity(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Cosine of two unit embeddings."""
    return float(np.dot(a, b))
