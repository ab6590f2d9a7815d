"""Where a voice probably lies, from its speaker embedding: a low-rank prior over norm parameters.

As with eigenvoices (Kuhn et al. 2000), a voice is a mean plus a few directions learned from many
speakers, and a linear map from the GE2E embedding gives the coordinates along them. The file is
written by `manage.py train_prior` (`synthesis.enrolment.prior_training`).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from synthesis import weights
from synthesis.models.generator import Decoder

RANK = 32


class VoicePrior(nn.Module):
    """Embedding [256] -> coordinates [rank] -> decoder style and per-channel factor and offset.

    Factor and offset refine the norms that the style stands for: scale * (1 + factor), and
    shift + scale * offset; channels: of all instance norms of the decoder.
    """

    def __init__(self, channels: int, style: int = 128, embedding: int = 256, rank: int = RANK):
        super().__init__()
        self.centre = nn.Parameter(torch.zeros(embedding), requires_grad=False)
        self.regression = nn.Parameter(torch.zeros(rank, embedding))
        self.style_mean = nn.Parameter(torch.zeros(style))
        self.style_basis = nn.Parameter(torch.zeros(style, rank))
        self.norm_mean = nn.Parameter(torch.zeros(2, channels))
        self.norm_basis = nn.Parameter(torch.zeros(2, channels, rank))

    def coordinates(self, embedding: Tensor) -> Tensor:
        """[rank] for a unit GE2E embedding [256]."""
        return self.regression @ (embedding - self.centre)

    def forward(self, coordinates: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Style [128], factor [channels], offset [channels] at coordinates [rank]."""
        factor, offset = self.norm_mean + self.norm_basis @ coordinates
        return self.style_mean + self.style_basis @ coordinates, factor, offset

    def norms(self, decoder: Decoder, embedding: NDArray[np.float32]) -> Tensor:
        """The norm parameters [voice_size] where a speaker probably lies."""
        with torch.no_grad():
            style, factor, offset = self(self.coordinates(torch.from_numpy(embedding)))
            return refine(decoder, style, factor, offset)[0]


def refine(decoder: Decoder, style: Tensor, factor: Tensor, offset: Tensor) -> Tensor:
    """Norm parameters [1, voice_size] of a style [128] with factor and offset [channels]."""
    voice = decoder.voice_from_style(style.reshape(1, -1))
    parts, channel = [], 0
    for norm in decoder.norms():
        scale, shift = voice[:, norm.span].chunk(2, dim=1)
        own = slice(channel, channel + norm.channels)
        parts.append((1 + scale) * (1 + factor[own]) - 1)
        parts.append((1 + scale) * offset[own] + shift)
        channel += norm.channels
    return torch.cat(parts, dim=1)


def write(prior: VoicePrior, path: Path, about: dict[str, str]) -> None:
    """Save a prior as safetensors in half precision, with its provenance as metadata."""
    from safetensors.torch import save_file

    tensors = {
        name: value.detach().half().contiguous() for name, value in prior.state_dict().items()
    }
    save_file(tensors, path, metadata=about)


def read(path: Path) -> VoicePrior:
    """Load a prior from its file, frozen."""
    from safetensors.torch import load_file

    state = {name: value.float() for name, value in load_file(path).items()}
    prior = VoicePrior(
        channels=state["norm_mean"].shape[1],
        style=state["style_mean"].shape[0],
        embedding=state["centre"].shape[0],
        rank=state["regression"].shape[0],
    )
    prior.load_state_dict(state)
    return prior.eval().requires_grad_(False)


@lru_cache(maxsize=1)
def prior() -> VoicePrior:
    """The prior shipped with the engine."""
    return read(weights.locate("timbre/prior.safetensors"))
