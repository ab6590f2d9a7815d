"""Chooses the renderer for the available hardware."""

from __future__ import annotations

import torch
from torch import Tensor

from synthesis.inference.float_rendering import FloatRenderer
from synthesis.inference.onnx_rendering import OnnxRenderer
from synthesis.inference.precision import half, has_eight_bits
from synthesis.inference.quantized_rendering import QuantizedRenderer
from synthesis.inference.renderer import Renderer
from synthesis.models.generator import Decoder

NAMES = ("auto", "int8", "onnx", "bf16", "float", "cuda")


def renderer(decoder: Decoder, voices: Tensor, wanted: str = "auto") -> Renderer:
    """The fastest renderer for this hardware, or the one asked for (`NAMES`).

    voices: [n, voice_size] norm parameters of a few voices, for calibrating eight-bit ranges.

    Raises:
        ValueError: an unknown name, or hardware that is missing.
    """
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
