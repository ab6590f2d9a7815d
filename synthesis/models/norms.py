"""Conditional normalization, the layers through which a voice enters the model."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPSILON = 1e-5  # added to variances


class AdaptiveInstanceNorm(nn.Module):
    """Instance norm whose scale and shift are the voice (Huang & Belongie 2017).

    x: [batch, channels, frames]; voice: [batch, parameters], the flat norm parameters of the
    whole stack. `span` selects those of this layer (scale - 1, then shift). Without
    `rest`, every channel is normalized over its own frames; with it, by the means and deviations
    [batch, parameters] at `rest`, which makes the layer local in time.
    """

    def __init__(self, style_size: int, channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(style_size, 2 * channels)
        self.channels = channels
        self.span = slice(0, 2 * channels)
        self.rest = slice(0, 2 * channels)

    def forward(self, x: Tensor, voice: Tensor, rest: Tensor | None = None) -> Tensor:
        scale, shift = voice[:, self.span].unsqueeze(-1).chunk(2, dim=1)
        if rest is None:
            return (1 + scale) * F.instance_norm(x, eps=EPSILON) + shift
        mean, deviation = rest[:, self.rest].unsqueeze(-1).chunk(2, dim=1)
        return (1 + scale) * ((x - mean) / deviation) + shift


class AdaptiveLayerNorm(nn.Module):
    """Layer norm over channels, scaled and shifted by the style.

    x: [batch, frames, channels]; style: [batch, style_size].
    """

    def __init__(self, style_size: int, channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(style_size, 2 * channels)
        self.channels = channels

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.fc(style).unsqueeze(1).chunk(2, dim=-1)
        normalized: Tensor = (1 + scale) * F.layer_norm(x, (self.channels,), eps=1e-5) + shift
        return normalized


class NormStack(nn.Module):
    """A module whose instance norms share one flat parameter vector.

    Subclasses call `assign_spans()` once their layers exist; layers are ordered by registration,
    so that order is part of the template format.
    """

    voice_size: int

    def norms(self) -> Iterable[AdaptiveInstanceNorm]:
        """The instance norms below this module, in template order."""
        return (m for m in self.modules() if isinstance(m, AdaptiveInstanceNorm))

    def assign_spans(self) -> None:
        """Assign every norm its slice of the flat vector and set `voice_size`."""
        start = 0
        for norm in self.norms():
            norm.span = slice(start, start + 2 * norm.channels)
            start += 2 * norm.channels
        self.voice_size = start

    def voice_from_style(self, style: Tensor) -> Tensor:
        """Norm parameters [batch, voice_size] that a style [batch, style_size] stands for."""
        return torch.cat([norm.fc(style) for norm in self.norms()], dim=1)
