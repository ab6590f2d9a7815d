"""The decoder's body (everything before the generator) with eight-bit convolutions."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from synthesis.inference import kernels
from synthesis.inference.norms import Affine, mean_and_deviation
from synthesis.inference.precision import half, in_half, with_half_weights
from synthesis.inference.quantized import LEVELS, Array, QuantizedConv, smoothing
from synthesis.models.blocks import ResidualBlock
from synthesis.models.generator import Decoder
from synthesis.models.norms import AdaptiveInstanceNorm

SPREAD = 4.0  # usual range of a normalized channel around its mean, in standard deviations


def _reach(lowest: Array, highest: Array) -> Array:
    """Largest magnitude of the leaky ReLU of values between two bounds [channels]."""
    reach: Array = np.maximum(np.maximum(highest, -kernels.SLOPE * lowest), 1e-4)
    return reach


class _LeakyConv:
    """Adaptive norm over the given frames, leaky ReLU, eight-bit convolution."""

    def __init__(self, norm: AdaptiveInstanceNorm, conv: nn.Conv1d, voices: Tensor) -> None:
        self._span, self._channels = norm.span, norm.channels
        usual = np.mean([self._usual_reach(*self._norm(voice)) for voice in voices], axis=0)
        weight = conv.weight.detach()
        bias = None if conv.bias is None else conv.bias.detach()
        self._conv = QuantizedConv(weight, bias, smooth=smoothing(usual, weight))

    @property
    def bytes(self) -> int:
        return self._conv.bytes

    def _norm(self, voice: Tensor) -> tuple[Array, Array]:
        scale, shift = voice[self._span].numpy().reshape(2, self._channels)
        return (1 + scale).astype(np.float32), shift.astype(np.float32)

    @staticmethod
    def _usual_reach(factor: Array, shift: Array) -> Array:
        """The usual largest magnitude of each channel's activation [channels]."""
        wide = np.float32(SPREAD) * np.abs(factor)
        return _reach(shift - wide, shift + wide)

    def _affine(self, x: Array, voice: Tensor) -> Affine:
        """This norm in a voice [voice_size], with the range that x [frames, channels] needs."""
        factor, shift = self._norm(voice)
        sums = np.zeros((2, self._channels))
        kernels.moments(x, sums)
        mean, deviation = mean_and_deviation(sums / len(x))
        factor = factor / deviation
        shift = shift - mean * factor
        ends = np.empty((2, self._channels), np.float32)
        kernels.extremes(x, ends[0], ends[1])
        ends = ends * factor + shift
        reach = _reach(ends.min(axis=0), ends.max(axis=0))
        level = float((reach / self._conv.smooth).max() / LEVELS)
        return Affine(factor, shift, (1 / (self._conv.smooth * level)).astype(np.float32), level)

    def __call__(self, x: Array, voice: Tensor) -> Array:
        """x: float32 [frames, channels] -> [frames, outputs]."""
        affine = self._affine(x, voice)
        room = self._conv.buffer(1, len(x))
        target = self._conv.inner(room)[0]
        kernels.leaky_to_uint8(x, affine.factor, affine.shift, affine.step, target)
        return cast(Array, self._conv(room, affine.level)[0])


class _QuantizedResidualBlock:
    """`ResidualBlock` at one frame rate: float32 [frames, inputs] -> [frames, outputs]."""

    def __init__(self, block: ResidualBlock, voices: Tensor, precision: torch.dtype) -> None:
        assert block.pool is None and block.conv1x1 is not None
        self._first = _LeakyConv(block.norm1, block.conv1, voices)
        self._second = _LeakyConv(block.norm2, block.conv2, voices)
        self._straight = block.conv1x1.weight.detach()[:, :, 0].T.to(precision).contiguous()

    @property
    def bytes(self) -> int:
        straight = self._straight.numel() * self._straight.element_size()
        return self._first.bytes + self._second.bytes + straight

    def __call__(self, x: Array, voice: Tensor) -> Array:
        straight = (torch.from_numpy(x).to(self._straight.dtype) @ self._straight).float()
        residual = self._second(self._first(x, voice), voice)
        result: Array = (residual + straight.numpy()) / np.float32(math.sqrt(2))
        return result


class QuantizedBody:
    """`Decoder.frames` in eight bits, frames first.

    Its first and last blocks suffer most from eight bits (together they would double the distance
    to float), so they stay in half precision.
    voices: [n, voice_size] norm parameters of a few voices, for calibrating activation ranges.
    """

    def __init__(self, decoder: Decoder, voices: Tensor) -> None:
        self._outer = with_half_weights(decoder, without=decoder.generator)
        inner = [cast(ResidualBlock, block) for block in decoder.decode[:-1]]
        self._inner = [_QuantizedResidualBlock(block, voices, half()) for block in inner]
        del self._outer.decode[:-1]

    @property
    def bytes(self) -> int:
        """Size of the weights in memory."""
        outer = sum(p.numel() * p.element_size() for p in self._outer.parameters())
        return outer + sum(block.bytes for block in self._inner)

    def __call__(self, aligned: Tensor, f0: Tensor, energy: Tensor, voice: Tensor) -> Array:
        """float32 [1, 2 * frames, 512].

        aligned: [1, 512, frames]; f0 (Hz), energy: [1, 2 * frames]; voice: [voice_size].
        """
        outer = self._outer
        with in_half():
            beside, x = outer.encoder_outputs(aligned, f0, energy, voice[None])
        beside_frames = beside[0].float().T.contiguous().numpy()
        frames = x[0].float().T.contiguous().numpy()
        for block in self._inner:
            frames = block(np.concatenate([frames, beside_frames], axis=1), voice)
        whole = torch.from_numpy(np.concatenate([frames, beside_frames], axis=1)).T[None]
        with in_half():
            last = outer.decode[-1](whole, voice[None])
        return cast(Array, last.float().transpose(1, 2).contiguous().numpy())
