"""Rendering in PyTorch floats: a GPU in bfloat16, or a processor without eight-bit kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import torch
from torch import Tensor

from synthesis.inference.batching import Batcher
from synthesis.inference.norms import Moments
from synthesis.inference.renderer import Samples
from synthesis.inference.windows import windows
from synthesis.models.generator import Decoder

Spectrum = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


class FloatRenderer:
    """See `Renderer`.

    On a GPU the generator is compiled, and windows of several requests run as one batch.
    """

    def __init__(
        self,
        decoder: Decoder,
        *,
        device: str = "cpu",
        precision: torch.dtype = torch.float32,
        together: bool | None = None,
    ) -> None:
        on_processor = "float" if precision is torch.float32 else "bf16"
        self.name = on_processor if device == "cpu" else device
        self._decoder = decoder.to(device)
        self._device, self._precision = device, precision
        self._generate: Spectrum = self._decoder.generator.spectrum
        if device != "cpu":
            self._generate = torch.compile(self._generate, dynamic=True)
        if together is None:  # on a processor a batch costs as much as its windows
            together = device != "cpu"
        self._batcher = Batcher(self._batch, together=together)

    def _in_precision(self) -> torch.autocast:
        return torch.autocast(
            self._device, torch.bfloat16, enabled=self._precision is torch.bfloat16
        )

    def spectrum(self, x: Tensor, source: Tensor, norms: Tensor, rest: Tensor) -> Tensor:
        """`Generator.spectrum` on this renderer's hardware."""
        with self._in_precision():
            return self._generate(x, source, norms, rest)

    def _batch(self, *inputs: Tensor) -> Tensor:
        """Samples of whole windows of several voices [batch, …], in CPU memory."""
        with torch.inference_mode():
            return self._decoder.generator.samples(self.spectrum(*inputs).float()).cpu()

    def blocks(
        self,
        aligned: Tensor,
        f0: Tensor,
        energy: Tensor,
        norms: Tensor,
        rest: Tensor,
        noise: Tensor,
        due: float = 0.0,
        skipped: int = 0,
    ) -> Iterator[Samples]:
        there = self._device
        voice, resting = norms[None].to(there), rest[None].to(there)
        with torch.inference_mode():
            f0 = f0.to(there)
            source = self._decoder.generator.source_spectrum(f0, noise.to(there))
            with self._in_precision():
                x = self._decoder.frames(aligned.to(there), f0, energy.to(there), voice)
        for window in windows(x.shape[2], 2 * skipped):
            samples = self._batcher(
                x[:, :, window.seen], source[:, :, window.source], voice, resting
            )
            yield cast(Samples, samples[0, window.samples_of_all].numpy())

    def measure(
        self, aligned: Tensor, f0: Tensor, energy: Tensor, norms: Tensor, moments: Moments
    ) -> Samples:
        there = self._device
        generator = self._decoder.generator
        handles = [
            norm.register_forward_pre_hook(moments.hook(place))
            for place, norm in enumerate(generator.norms())
        ]
        try:
            with torch.inference_mode():
                samples = self._decoder(
                    aligned.to(there), f0.to(there), energy.to(there), norms[None].to(there)
                )
                return cast(Samples, samples[0].float().cpu().numpy())
        finally:
            for handle in handles:
                handle.remove()
