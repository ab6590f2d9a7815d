"""`synthesis.models.generator.Generator` with eight-bit residual blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.inference import kernels
from synthesis.inference.norms import Moments, NormedConv, Voice
from synthesis.inference.quantized import Array
from synthesis.models.blocks import SnakeBlock
from synthesis.models.generator import Generator
from synthesis.models.norms import AdaptiveInstanceNorm

Excitation = tuple[Array, Array]  # float32 [batch, steps, channels] of both stages
MakeConv = Callable[[AdaptiveInstanceNorm, nn.Conv1d, Tensor], NormedConv]


def _normed_conv(make: MakeConv, norm: nn.Module, conv: nn.Module, alpha: Tensor) -> NormedConv:
    assert isinstance(norm, AdaptiveInstanceNorm) and isinstance(conv, nn.Conv1d)
    return make(norm, conv, alpha)


class QuantizedSnakeBlock:
    """`SnakeBlock`: float32 [batch, frames, channels] -> same."""

    def __init__(self, block: SnakeBlock, make: MakeConv) -> None:
        first = zip(block.adain1, block.convs1, block.alpha1, strict=True)
        second = zip(block.adain2, block.convs2, block.alpha2, strict=True)
        self.layers = [
            (_normed_conv(make, *one), _normed_conv(make, *other))
            for one, other in zip(first, second, strict=True)
        ]

    def __call__(self, x: Array, voice: Voice, moments: Moments | None) -> Array:
        x = x.copy()
        for first, second in self.layers:
            added = second(first(x, voice, moments), voice, moments)
            for item, more in zip(x, added, strict=True):
                kernels.add(item, more)
        return x


class Upsampling:
    """A transposed convolution of stride r and kernel 2 r, behind leaky ReLU 0.1.

    Each output phase sees two neighbouring inputs, so it is one matrix product. Eight bits would
    degrade it too much, so it runs in bfloat16 if the processor has it, else in float32.
    float32 [batch, frames, inputs] -> [batch, r * frames, outputs].
    """

    def __init__(self, conv: nn.ConvTranspose1d, precision: torch.dtype) -> None:
        rate = conv.stride[0]
        inputs, outputs, kernel = conv.weight.shape
        assert kernel == 2 * rate and conv.bias is not None
        taps = conv.weight.detach().reshape(inputs, outputs, 2, rate)  # tap 1 is the earlier input
        weight = taps.flip(2).permute(2, 0, 3, 1).reshape(2 * inputs, rate * outputs)
        self._weight = weight.to(precision).contiguous()
        self._bias = conv.bias.detach()
        self._rate, self._cut, self._outputs = rate, cast(int, conv.padding[0]), outputs

    @property
    def bytes(self) -> int:
        return self._weight.numel() * self._weight.element_size() + 4 * len(self._bias)

    def __call__(self, x: Array) -> Array:
        active = F.leaky_relu(torch.from_numpy(x), 0.1).to(self._weight.dtype)
        pairs = torch.cat([F.pad(active, (0, 0, 1, 0)), F.pad(active, (0, 0, 0, 1))], dim=2)
        upsampled = (pairs @ self._weight).float().reshape(x.shape[0], -1, self._outputs)
        upsampled = upsampled[:, self._cut : self._cut + x.shape[1] * self._rate] + self._bias
        return cast(Array, upsampled.numpy())


def _without(source: Tensor, spare: tuple[int, int]) -> Tensor:
    """The excitation's spectrum without the part of spare frames."""
    before, after = (Generator.RATES[0] * Generator.RATES[1] * frames for frames in spare)
    return source[:, :, before : source.shape[2] - after]


class QuantizedGenerator:
    """Turns frames of the decoder into samples; see `Generator`.

    voices: [n, voice_size] norm parameters of a few voices, for calibrating activation ranges.
    """

    def __init__(self, generator: Generator, voices: Tensor, precision: torch.dtype) -> None:
        index = {norm: place for place, norm in enumerate(generator.norms())}

        def make(norm: AdaptiveInstanceNorm, conv: nn.Conv1d, alpha: Tensor) -> NormedConv:
            return NormedConv(index[norm], norm, conv, alpha, voices)

        self.float = generator
        self.noise_res = [
            QuantizedSnakeBlock(cast(SnakeBlock, b), make) for b in generator.noise_res
        ]
        self.resblocks = [
            QuantizedSnakeBlock(cast(SnakeBlock, b), make) for b in generator.resblocks
        ]
        self.ups = [Upsampling(cast(nn.ConvTranspose1d, up), precision) for up in generator.ups]

    def normed_convs(self) -> list[NormedConv]:
        blocks = [*self.noise_res, *self.resblocks]
        return [conv for block in blocks for pair in block.layers for conv in pair]

    def voice(self, norms: Tensor, rest: Tensor | None) -> Voice:
        """A voice's norms, from its norm parameters and its measured statistics if known."""
        return {conv.index: conv.affine(norms, rest) for conv in self.normed_convs()}

    @property
    def bytes(self) -> int:
        """Size of the weights in memory."""
        small = [*self.float.noise_convs.parameters(), *self.float.conv_post.parameters()]
        return (
            sum(conv.conv.bytes for conv in self.normed_convs())
            + sum(up.bytes for up in self.ups)
            + sum(4 * parameter.numel() for parameter in small)
        )

    def excite(
        self,
        source: Tensor,
        voice: Voice,
        moments: Moments | None = None,
        spare: tuple[int, int] = (0, 0),
    ) -> Excitation:
        """What each stage adds to its frames; source: [batch, 22, 60 * frames + 1].

        It needs no frames, so it can be computed before them.
        """
        stages = []
        for stage, blocks in enumerate(self.noise_res):
            seen = source if stage == 0 else _without(source, spare)
            noise = self.float.noise_convs[stage](seen).transpose(1, 2).contiguous().numpy()
            stages.append(blocks(noise, voice, moments))
        return stages[0], stages[1]

    def __call__(
        self,
        x: Array,
        excitation: Excitation,
        voice: Voice,
        moments: Moments | None = None,
        spare: tuple[int, int] = (0, 0),
    ) -> Tensor:
        """Samples [batch, 300 * (frames - spare frames)].

        x: float32 [batch, frames, 512] at 80 Hz; excitation: from `excite` for the same frames;
        spare: frames at each side that only the first stage needs. If moments are given, every
        norm uses the statistics of its input, as in training, and adds them to moments.
        """
        hidden, branches = x, len(Generator.KERNELS)
        before, after = (Generator.RATES[0] * frames for frames in spare)
        for stage, up in enumerate(self.ups):
            hidden = up(hidden)
            if stage == len(self.ups) - 1:
                hidden = np.concatenate([hidden[:, 1:2], hidden], axis=1)
            hidden = hidden + excitation[stage]
            blocks = self.resblocks[stage * branches : (stage + 1) * branches]
            total = blocks[0](hidden, voice, moments)
            for block in blocks[1:]:
                total += block(hidden, voice, moments)
            hidden = total / np.float32(branches)
            if stage == 0:
                hidden = hidden[:, before : hidden.shape[1] - after]
        last = torch.from_numpy(hidden).transpose(1, 2)
        return self.float.samples(self.float.conv_post(F.leaky_relu(last)))
