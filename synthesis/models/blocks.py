"""Residual blocks shared by the predictor, the decoder and the generator."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.models.norms import AdaptiveInstanceNorm


class ResidualBlock(nn.Module):
    """Two convolutions behind adaptive norms, optionally doubling the frame rate.

    x: [batch, inputs, frames]; voice: [batch, parameters]
    -> [batch, outputs, frames or 2 * frames].
    """

    def __init__(self, inputs: int, outputs: int, style: int, *, upsample: bool = False) -> None:
        super().__init__()
        self.norm1 = AdaptiveInstanceNorm(style, inputs)
        self.norm2 = AdaptiveInstanceNorm(style, outputs)
        self.conv1 = nn.Conv1d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv1d(outputs, outputs, 3, padding=1)
        self.conv1x1 = nn.Conv1d(inputs, outputs, 1, bias=False) if inputs != outputs else None
        self.pool = (
            nn.ConvTranspose1d(
                inputs, inputs, 3, stride=2, groups=inputs, padding=1, output_padding=1
            )
            if upsample
            else None
        )

    def forward(self, x: Tensor, voice: Tensor) -> Tensor:
        shortcut = x if self.pool is None else x.repeat_interleave(2, dim=2)
        if self.conv1x1 is not None:
            shortcut = self.conv1x1(shortcut)
        x = F.leaky_relu(self.norm1(x, voice), 0.2)
        if self.pool is not None:
            x = self.pool(x)
        x = F.leaky_relu(self.norm2(self.conv1(x), voice), 0.2)
        output: Tensor = (self.conv2(x) + shortcut) / math.sqrt(2)
        return output


class SnakeBlock(nn.Module):
    """Dilated residual convolutions with the periodic Snake activation (Ziyin et al. 2020).

    x: [batch, channels, frames]; voice, rest: as `AdaptiveInstanceNorm` -> same as x.
    """

    def __init__(
        self, channels: int, kernel: int, style: int, dilations: tuple[int, ...] = (1, 3, 5)
    ) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, dilation=d, padding=d * (kernel - 1) // 2)
            for d in dilations
        )
        self.convs2 = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, padding=(kernel - 1) // 2) for _ in dilations
        )
        self.adain1 = nn.ModuleList(AdaptiveInstanceNorm(style, channels) for _ in dilations)
        self.adain2 = nn.ModuleList(AdaptiveInstanceNorm(style, channels) for _ in dilations)
        self.alpha1 = nn.ParameterList(torch.ones(1, channels, 1) for _ in dilations)
        self.alpha2 = nn.ParameterList(torch.ones(1, channels, 1) for _ in dilations)

    def forward(self, x: Tensor, voice: Tensor, rest: Tensor | None = None) -> Tensor:
        layers = zip(
            self.convs1,
            self.convs2,
            self.adain1,
            self.adain2,
            self.alpha1,
            self.alpha2,
            strict=True,
        )
        for conv1, conv2, norm1, norm2, alpha1, alpha2 in layers:
            inner = conv1(snake(norm1(x, voice, rest), alpha1))
            x = x + conv2(snake(norm2(inner, voice, rest), alpha2))
        return x


def snake(x: Tensor, alpha: Tensor) -> Tensor:
    """x + sin²(alpha x) / alpha, elementwise; alpha: [1, channels, 1]."""
    return torch.addcmul(x, torch.sin(alpha * x).square_(), alpha.reciprocal())
