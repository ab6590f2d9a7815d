"""The number formats that this processor computes fast."""

from __future__ import annotations

import contextlib
import copy
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TypeVar

import torch
from torch import nn

AnyModule = TypeVar("AnyModule", bound=nn.Module)


@lru_cache(maxsize=1)
def half() -> torch.dtype:
    """bfloat16 if the processor multiplies it natively, else float32."""
    native: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if native else torch.float32


@lru_cache(maxsize=1)
def has_eight_bits() -> bool:
    """Whether this build of PyTorch has fast eight-bit convolutions for this processor."""
    if not hasattr(torch.ops.onednn, "qconv_prepack"):
        return False
    return torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")


@lru_cache(maxsize=1)
def weight_levels() -> float:
    """Largest magnitude of an eight-bit weight.

    Processors without VNNI add two products in 16 bits (VPMADDUBSW), where 255 x 127 twice
    would saturate and 255 x 64 twice does not.
    """
    return 127.0 if torch.cpu._is_vnni_supported() else 64.0


def in_half() -> AbstractContextManager[object]:
    """Autocast to `half()` within the context."""
    if half() is torch.float32:
        return contextlib.nullcontext()
    return torch.autocast("cpu", half())


def with_half_weights(module: AnyModule, *, without: nn.Module | None = None) -> AnyModule:
    """A copy whose large weights are in `half()` already, for use inside `in_half`.

    Autocast would otherwise convert them at every call. without: a submodule to leave out.
    """
    copied = copy.deepcopy(module, {} if without is None else {id(without): None})
    for part in copied.modules():
        if isinstance(part, (nn.Linear, nn.Conv1d)):
            part.weight.data = part.weight.data.to(half())
    return copied
