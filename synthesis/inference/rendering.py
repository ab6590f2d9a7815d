"""From prosody to samples, block by block, on the hardware there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.inference.norms import Moments
from synthesis.inference.precision import half, has_eight_bits
from synthesis.models.generator import Decoder

Samples = NDArray[np.float32]
NAMES = ("auto", "int8", "onnx", "bf16", "float", "cuda")


class Renderer(Protocol):
    """Makes samples from aligned phoneme features, F0 and energy in a voice.

    aligned: [1, 512, frames]; f0 (Hz), energy: [1, 2 * frames]; norms: [voice_size]; rest: the
    means and deviations that the generator's norms work on; noise: [1, 600 * frames]; due: the
    `time.monotonic()` at which the first sample will be heard.
    """

    name: str

    def blocks(
        self,
        aligned: Tensor,
        f0: Tensor,
        energy: Tensor,
        norms: Tensor,
        rest: Tensor,
        noise: Tensor,
        due: float = 0.0,
    ) -> Iterator[Samples]:
        """Consecutive blocks of one sentence, mono float32; the first one is short."""
        ...

    def measure(
        self, aligned: Tensor, f0: Tensor, energy: Tensor, norms: Tensor, moments: Moments
    ) -> Samples:
        """A whole sentence, every norm working on what it sees, counted in moments."""
        ...


def renderer(decoder: Decoder, voices: Tensor, wanted: str = "auto") -> Renderer:
    """The fastest renderer for this hardware, or the one asked for (`NAMES`).

    voices: [n, voice_size] norm parameters of a few voices, to lay out eight-bit ranges by.

    Raises:
        ValueError: a name that is not known, or hardware that is not there.
    """
    from synthesis.inference.float_rendering import FloatRenderer
    from synthesis.inference.onnx_rendering import OnnxRenderer
    from synthesis.inference.quantized_rendering import QuantizedRenderer

    missing = {
        "int8": not has_eight_bits() and "This processor has no fast eight-bit kernels",
        "bf16": half() is torch.float32 and "This processor does not multiply bfloat16",
        "cuda": not torch.cuda.is_available() and "There is no CUDA device here",
    }
    if wanted not in NAMES:
        raise ValueError(f"Unknown renderer {wanted!r}; use one of {', '.join(NAMES)}.")
    if missing.get(wanted):
        raise ValueError(f"{missing[wanted]}; use auto, onnx or float.")
    if wanted == "auto":
        wanted = next(name for name in ("cuda", "int8", "onnx") if not missing.get(name))
    if wanted == "int8":
        return QuantizedRenderer(decoder, voices)
    if wanted == "onnx":
        return OnnxRenderer(decoder)
    if wanted == "cuda":
        return FloatRenderer(decoder, device="cuda", precision=torch.bfloat16)
    return FloatRenderer(decoder, precision=half() if wanted == "bf16" else torch.float32)
