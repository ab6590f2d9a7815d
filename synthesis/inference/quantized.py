"""Eight-bit convolutions (oneDNN)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.inference import kernels
from synthesis.inference.precision import weight_levels

Array = NDArray[np.float32]
LEVELS = 127.0  # of an activation, on either side of zero
SMOOTHING = 0.75  # share of the activations' unevenness that is moved into the weights


def _quantize(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Rows of weight [outputs, ...] as int8 and the scale of each row."""
    flat = weight.reshape(len(weight), -1)
    scales = flat.abs().amax(1).clamp(min=1e-8) / weight_levels()
    return torch.round(flat / scales[:, None]).to(torch.int8).reshape(weight.shape), scales


def smoothing(reach: Array, weight: Tensor) -> Array:
    """Factor per input [inputs] that evens out activations at the expense of the weights.

    reach: usual largest magnitude of each input; weight: [outputs, inputs, kernel].
    """
    heaviest = weight.abs().amax((0, 2)).numpy().clip(min=1e-6)
    factor = reach**SMOOTHING / heaviest ** (1 - SMOOTHING)
    smooth: Array = (factor / np.exp(np.log(factor).mean())).astype(np.float32)
    return smooth


class QuantizedConv:
    """A convolution over time of uint8 [batch, frames + pad[0] + pad[1], inputs], channels last.

    weight: float [outputs, inputs, kernel]; smooth: factor per input [inputs] by which the activation
    is divided before quantization and the weight multiplied (SmoothQuant, Xiao et al. 2023).
    Called with the real value of one level, it returns float32 [batch, frames, outputs].
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        *,
        smooth: Array | None = None,
        dilation: int = 1,
        pad: tuple[int, int] | None = None,
    ) -> None:
        outputs, inputs, kernel = weight.shape
        self.inputs, self.outputs, self.dilation = inputs, outputs, dilation
        same = dilation * (kernel - 1) // 2
        self.pad = (same, same) if pad is None else pad
        self.smooth = np.ones(inputs, np.float32) if smooth is None else smooth
        quantized, self._scales = _quantize(weight * torch.from_numpy(self.smooth)[None, :, None])
        self._zeros = torch.zeros(outputs, dtype=torch.int64)
        self._bias = torch.zeros(outputs) if bias is None else bias.clone()
        self._packed = torch.ops.onednn.qconv_prepack(
            quantized.unsqueeze(2), self._scales, 1.0, 0, [1, 1], [0, 0], [1, dilation], 1, None
        )
        self.bytes = quantized.numel() + 8 * outputs + 4 * inputs

    def buffer(self, batch: int, frames: int) -> NDArray[np.uint8]:
        """A buffer for quantized activations whose padding is already zero."""
        before, after = self.pad
        room: NDArray[np.uint8] = np.empty((batch, before + frames + after, self.inputs), np.uint8)
        room[:, :before] = kernels.ZERO
        room[:, before + frames :] = kernels.ZERO
        return room

    def inner(self, room: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The part of a buffer between the padding."""
        before, after = self.pad
        return room[:, before : room.shape[1] - after]

    def __call__(self, room: NDArray[np.uint8], level: float) -> Array:
        x = torch.from_numpy(room).unsqueeze(1).permute(0, 3, 1, 2)
        raw: Any = torch.ops.onednn.qconv2d_pointwise(
            x, level, kernels.ZERO, self._packed, self._scales, self._zeros, self._bias,
            [1, 1], [0, 0], [1, self.dilation], 1, 1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        out: Array = raw.permute(0, 2, 3, 1)[:, 0].numpy()
        return out
