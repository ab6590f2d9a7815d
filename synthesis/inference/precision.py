"""What this processor computes fast."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from functools import lru_cache

import torch


@lru_cache(maxsize=1)
def half() -> torch.dtype:
    """bfloat16 where the processor multiplies it, else float32."""
    native: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if native else torch.float32


@lru_cache(maxsize=1)
def has_eight_bits() -> bool:
    """Whether this build of PyTorch has fast eight-bit convolutions for this processor."""
    if not hasattr(torch.ops.onednn, "qconv_prepack"):
        return False
    return torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")


def in_half() -> AbstractContextManager[object]:
    """Run what is inside in `half()` where that loses nothing."""
    if half() is torch.float32:
        return contextlib.nullcontext()
    return torch.autocast("cpu", half())
