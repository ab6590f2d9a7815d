"""The generator as one ONNX graph for every voice: the voice's norm parameters are its inputs."""

from __future__ import annotations

import hashlib
import inspect
import os
import warnings
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from synthesis import weights
from synthesis.inference.float_rendering import FloatRenderer
from synthesis.models.blocks import SnakeBlock
from synthesis.models.generator import Decoder, Generator
from synthesis.models.norms import AdaptiveInstanceNorm

INPUTS = ("x", "source", "norms", "rest")
OPSET = 17
LAST_RESORT = "CPUExecutionProvider"


class _Graph(nn.Module):
    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, x: Tensor, source: Tensor, norms: Tensor, rest: Tensor) -> Tensor:
        return self.generator.spectrum(x, source, norms, rest)


def export(decoder: Decoder, path: Path) -> None:
    """Write the graph: x [batch, 512, frames], source [batch, 22, 60 * frames + 1],
    norms [batch, voice_size], rest [batch, resting] -> spectrum [batch, 22, 60 * frames + 1].
    """
    generator = decoder.generator
    resting = sum(2 * norm.channels for norm in generator.norms())
    example = (
        torch.zeros(2, 512, 40),
        torch.zeros(2, 22, 60 * 40 + 1),
        torch.zeros(2, decoder.voice_size),
        torch.ones(2, resting),
    )
    free = {name: {0: "batch"} for name in (*INPUTS, "spectrum")}
    free["x"][2], free["source"][2], free["spectrum"][2] = "frames", "steps", "steps"
    unfinished = path.with_suffix(f".{os.getpid()}")
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this exporter's age; the newer one needs more parts
        torch.onnx.export(
            _Graph(generator),
            example,
            str(unfinished),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=["spectrum"],
            dynamic_axes=free,
        )
    unfinished.replace(path)


def providers() -> list[str]:
    """The available execution providers in order of preference.

    `TIMBRE_ONNX_PROVIDERS` sets the preference, e.g. `TensorrtExecutionProvider,CUDAExecutionProvider`; the
    processor is always the last resort.

    Raises:
        ValueError: none of the named ones is available.
    """
    import onnxruntime

    named = os.environ.get("TIMBRE_ONNX_PROVIDERS", "")
    wanted = [name.strip() for name in named.split(",") if name.strip()]
    present = onnxruntime.get_available_providers()
    chosen = [name for name in wanted if name in present]
    if wanted and not chosen:
        raise ValueError(f"None of {named} is available; choose from {', '.join(present)}.")
    return [name for name in chosen if name != LAST_RESORT] + [LAST_RESORT]


class OnnxRenderer(FloatRenderer):
    """See `Renderer`. The frames come from PyTorch, the generator's spectrum from ONNX Runtime."""

    def __init__(self, decoder: Decoder) -> None:
        self._providers = providers()
        super().__init__(decoder, together=self._providers[0] != LAST_RESORT)
        self.name = "onnx"

    @cached_property
    def path(self) -> Path:
        """The graph's file, written on first use and again when weights or code change."""
        digest = hashlib.sha256(f"{OPSET} {torch.__version__} {INPUTS}".encode())
        for part in (export, Generator, SnakeBlock, AdaptiveInstanceNorm):
            digest.update(inspect.getsource(part).encode())
        for name, value in self._decoder.generator.state_dict().items():
            digest.update(name.encode() + value.numpy().tobytes())
        folder = weights.cache_folder() / "onnx"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"generator-{digest.hexdigest()[:16]}.onnx"
        if not path.exists():
            export(self._decoder, path)
        return path

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("TIMBRE_THREADS", "0"))
        return onnxruntime.InferenceSession(str(self.path), options, providers=self._providers)

    def spectrum(self, x: Tensor, source: Tensor, norms: Tensor, rest: Tensor) -> Tensor:
        pairs = zip(INPUTS, (x, source, norms, rest), strict=True)
        fed = {name: tensor.contiguous().numpy() for name, tensor in pairs}
        (output,) = self._session.run(["spectrum"], fed)
        return torch.from_numpy(output)
