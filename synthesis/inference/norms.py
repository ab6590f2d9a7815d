"""Adaptive norms in front of quantized convolutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from synthesis.inference import kernels
from synthesis.inference.quantized import LEVELS, Array, QuantizedConv, smoothing
from synthesis.models.norms import EPSILON, AdaptiveInstanceNorm

Sums = NDArray[np.float64]

SPREAD = 6.5  # standard deviations of a normalized channel within the eight-bit range


def mean_and_deviation(moments: Sums) -> tuple[Array, Array]:
    """Mean and deviation [channels] from the means of values and of squares [2, channels]."""
    mean, square = moments
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0) + EPSILON)
    return mean.astype(np.float32), deviation.astype(np.float32)


class Moments:
    """Sums over the input of each norm while a voice reads a few sentences."""

    def __init__(self) -> None:
        self._sums: dict[int, Sums] = {}
        self._frames: dict[int, int] = {}

    def add(self, norm: int, x: Array) -> tuple[Array, Array]:
        """Add x [batch, frames, channels]; returns (mean, deviation) [channels] of x alone."""
        own: Sums = np.zeros((2, x.shape[-1]))
        for item in x:
            kernels.moments(item, own)
        frames = x.shape[0] * x.shape[1]
        self._sums[norm] = self._sums[norm] + own if norm in self._sums else own
        self._frames[norm] = self._frames.get(norm, 0) + frames
        return mean_and_deviation(own / frames)

    def hook(self, norm: int) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        """A forward pre-hook that adds a norm's input [batch, channels, frames]."""

        def count(_: nn.Module, inputs: tuple[Any, ...]) -> None:
            self.add(norm, inputs[0].float().cpu().transpose(1, 2).contiguous().numpy())

        return count

    def rest(self) -> Tensor:
        """Means and deviations over all input, norm by norm: [2 * channels of all]."""
        parts: list[Array] = []
        for norm in sorted(self._sums):
            parts += mean_and_deviation(self._sums[norm] / self._frames[norm])
        return torch.from_numpy(np.concatenate(parts))


@dataclass(frozen=True)
class Affine:
    """A norm in one voice: factor and shift [channels], and how its activation is quantized.

    step: levels per unit [channels]; level: the real value of one level after smoothing.
    """

    factor: Array
    shift: Array
    step: Array
    level: float


Voice = dict[int, Affine]


class NormedConv:
    """Adaptive norm, Snake activation, convolution.

    index: the norm's index among those of the generator; voices: [n, voice_size], a few voices for
    calibrating the smoothing.
    """

    def __init__(
        self,
        index: int,
        norm: AdaptiveInstanceNorm,
        conv: nn.Conv1d,
        alpha: Tensor,
        voices: Tensor,
    ) -> None:
        self.index = index
        self._span, self._channels = norm.span, norm.channels
        self._rest = norm.rest
        self._alpha = alpha.detach().reshape(-1).numpy().copy()
        self._per_alpha = (1 / self._alpha).astype(np.float32)
        usual = np.mean([self._reach(*self._norm(voice)) for voice in voices], axis=0)
        self.conv = QuantizedConv(
            conv.weight.detach(),
            None if conv.bias is None else conv.bias.detach(),
            smooth=smoothing(usual, conv.weight.detach()),
            dilation=conv.dilation[0],
        )

    def _norm(self, voice: Tensor) -> tuple[Array, Array]:
        scale, shift = voice[self._span].numpy().reshape(2, self._channels)
        return (1 + scale).astype(np.float32), shift.astype(np.float32)

    def _reach(self, factor: Array, shift: Array) -> Array:
        """The expected largest magnitude of each channel's activation [channels]."""
        reach = np.abs(shift) + SPREAD * np.abs(factor)
        reach = reach + np.minimum(self._per_alpha, reach * reach * self._alpha)
        return cast(Array, np.maximum(reach, 1e-4))

    def affine(self, voice: Tensor, rest: Tensor | None) -> Affine:
        """This norm in a voice [voice_size], with its measured means and deviations if known."""
        factor, shift = self._norm(voice)
        level = float((self._reach(factor, shift) / self.conv.smooth).max() / LEVELS)
        step = (1 / (self.conv.smooth * level)).astype(np.float32)
        if rest is not None:
            mean, deviation = rest[self._rest].numpy().reshape(2, self._channels)
            factor = factor / deviation
            shift = shift - mean * factor
        return Affine(factor, shift, step, level)

    def __call__(self, x: Array, voice: Voice, moments: Moments | None) -> Array:
        """x: float32 [batch, frames, channels] -> [batch, frames, outputs].

        If moments are given, x is normalized by its own statistics, which are added to them.
        """
        affine = voice[self.index]
        factor, shift = affine.factor, affine.shift
        if moments is not None:
            mean, deviation = moments.add(self.index, x)
            factor = factor / deviation
            shift = shift - mean * factor
        room = self.conv.buffer(x.shape[0], x.shape[1])
        for item, target in zip(x, self.conv.inner(room), strict=True):
            kernels.snake_to_uint8(
                item, factor, shift, self._alpha, self._per_alpha, affine.step, target
            )
        return self.conv(room, affine.level)
