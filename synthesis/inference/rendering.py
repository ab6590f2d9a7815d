"""From prosody to samples, block by block, on the hardware there is."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.inference.body import QuantizedBody
from synthesis.inference.generator import QuantizedGenerator
from synthesis.inference.norms import Moments, Voice
from synthesis.inference.precision import half, has_eight_bits
from synthesis.inference.windows import Window, windows
from synthesis.models.generator import Decoder

Samples = NDArray[np.float32]


class Renderer(Protocol):
    """Makes samples from aligned phoneme features, F0 and energy in a voice.

    aligned: [1, 512, frames]; f0 (Hz), energy: [1, 2 * frames]; norms: [voice_size]; rest: the
    means and deviations that the generator's norms work on; noise: [1, 600 * frames].
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
    ) -> Iterator[Samples]:
        """Consecutive blocks of one sentence, mono float32; the first one is short."""
        ...

    def measure(
        self, aligned: Tensor, f0: Tensor, energy: Tensor, norms: Tensor, moments: Moments
    ) -> Samples:
        """A whole sentence, every norm working on what it sees, counted in moments."""
        ...


def _alone() -> None:
    torch.get_num_threads()  # a thread takes the process's number at its first use, so that first
    torch.set_num_threads(1)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """One thread a core; each window runs on one, and requests take turns."""
    threads = int(os.environ.get("TIMBRE_THREADS", "0")) or len(os.sched_getaffinity(0))
    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(threads, "window", initializer=_alone)
    list(pool.map(time.sleep, [0.01] * threads))  # busy for a moment, so that each is born now
    torch.set_num_threads(before)  # they also changed what threads born later begin with
    return pool


class QuantizedRenderer:
    """Eight bits, windows side by side on the processor's cores.

    voices: [n, voice_size] norm parameters of a few voices, to lay out the activation ranges by.
    """

    name = "int8"

    def __init__(self, decoder: Decoder, voices: Tensor) -> None:
        self._decoder = decoder
        self.body = QuantizedBody(decoder, voices)
        self.generator = QuantizedGenerator(decoder.generator, voices, half())

    def _frames(self, aligned: Tensor, f0: Tensor, energy: Tensor, norms: Tensor) -> Samples:
        with torch.inference_mode():
            return self.body(aligned, f0, energy, norms)

    def blocks(
        self,
        aligned: Tensor,
        f0: Tensor,
        energy: Tensor,
        norms: Tensor,
        rest: Tensor,
        noise: Tensor,
    ) -> Iterator[Samples]:
        pool = _pool()
        excitation = pool.submit(self._source, f0, noise)
        x = self._frames(aligned, f0, energy, norms)
        voice, source = self.generator.voice(norms, rest), excitation.result()
        waiting: deque[Future[Samples]] = deque()
        try:
            for window in windows(x.shape[1]):
                waiting.append(pool.submit(self._window, x, source, voice, window))
                if len(waiting) > pool._max_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _source(self, f0: Tensor, noise: Tensor | None) -> Tensor:
        with torch.inference_mode():
            return self._decoder.generator.source_spectrum(f0, noise)

    def _window(self, x: Samples, source: Tensor, voice: Voice, window: Window) -> Samples:
        with torch.inference_mode():
            made = self.generator(
                x[:, window.seen_from : window.seen_to],
                source[:, :, 60 * window.seen_from : 60 * window.seen_to + 1],
                voice,
                spare=window.spare,
            )
            return cast(Samples, made[0, window.samples].numpy())

    def measure(
        self, aligned: Tensor, f0: Tensor, energy: Tensor, norms: Tensor, moments: Moments
    ) -> Samples:
        with torch.inference_mode():
            source = self._source(f0, None)
            x = self._frames(aligned, f0, energy, norms)
            made = self.generator(x, source, self.generator.voice(norms, None), moments)
            return cast(Samples, made[0].numpy())


class FloatRenderer:
    """PyTorch in float: bfloat16 on a GPU, float32 on a processor without eight-bit kernels."""

    def __init__(self, decoder: Decoder, device: str = "cpu") -> None:
        self.name = device if device != "cpu" else "float"
        self._decoder = decoder.to(device)
        self._device = device

    def blocks(
        self,
        aligned: Tensor,
        f0: Tensor,
        energy: Tensor,
        norms: Tensor,
        rest: Tensor,
        noise: Tensor,
    ) -> Iterator[Samples]:
        there = self._device
        generator = self._decoder.generator
        with torch.inference_mode(), torch.autocast(there, torch.bfloat16, enabled=there != "cpu"):
            voice, resting = norms[None].to(there), rest[None].to(there)
            f0 = f0.to(there)
            x = self._decoder.frames(aligned.to(there), f0, energy.to(there), voice)
            source = generator.source_spectrum(f0, noise.to(there))
        for window in windows(x.shape[2]):
            seen = slice(window.seen_from, window.seen_to)
            with torch.inference_mode():
                made = generator.from_source(
                    x[:, :, seen],
                    source[:, :, 60 * window.seen_from : 60 * window.seen_to + 1],
                    voice,
                    resting,
                    window.spare,
                )
                yield cast(Samples, made[0, window.samples].float().cpu().numpy())

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
                made = self._decoder(
                    aligned.to(there), f0.to(there), energy.to(there), norms[None].to(there)
                )
                return cast(Samples, made[0].float().cpu().numpy())
        finally:
            for handle in handles:
                handle.remove()


def renderer(decoder: Decoder, voices: Tensor, wanted: str = "auto") -> Renderer:
    """The fastest renderer for this hardware, or the one asked for: int8, float or cuda.

    Raises:
        ValueError: a name that is not known, or hardware that is not there.
    """
    if wanted not in ("auto", "int8", "float", "cuda"):
        raise ValueError(f"Unknown renderer {wanted!r}; use auto, int8, float or cuda.")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ValueError("No CUDA device here; use auto, int8 or float.")
    if wanted == "int8" and not has_eight_bits():
        raise ValueError("This processor has no fast eight-bit kernels; use auto or float.")
    if wanted == "cuda" or (wanted == "auto" and torch.cuda.is_available()):
        return FloatRenderer(decoder, "cuda")
    if wanted == "int8" or (wanted == "auto" and has_eight_bits()):
        return QuantizedRenderer(decoder, voices)
    return FloatRenderer(decoder)
