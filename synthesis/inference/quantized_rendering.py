"""Rendering in eight bits, with windows in parallel on the processor's cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any, cast

import torch
from torch import Tensor

from synthesis.inference.body import QuantizedBody
from synthesis.inference.cores import cores
from synthesis.inference.generator import Excitation, QuantizedGenerator
from synthesis.inference.norms import Moments, Voice
from synthesis.inference.precision import half
from synthesis.inference.renderer import Samples
from synthesis.inference.windows import Window, windows
from synthesis.models.generator import Decoder

EARLY = 4  # windows whose excitation is computed in parallel with the frames


class QuantizedRenderer:
    """See `Renderer`.

    voices: [n, voice_size] norm parameters of a few voices, for calibrating activation ranges.
    """

    name = "int8"

    def __init__(self, decoder: Decoder, voices: Tensor) -> None:
        self._decoder = decoder
        self.body = QuantizedBody(decoder, voices)
        self.generator = QuantizedGenerator(decoder.generator, voices, half())

    def frames(self, aligned: Tensor, f0: Tensor, energy: Tensor, norms: Tensor) -> Samples:
        """The generator's input: float32 [1, 2 * frames, 512]."""
        with torch.inference_mode():
            return self.body(aligned, f0, energy, norms)

    def source(self, f0: Tensor, noise: Tensor | None) -> Tensor:
        """The excitation's spectrum."""
        with torch.inference_mode():
            return self._decoder.generator.source_spectrum(f0, noise)

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
        shared = cores()
        coming = shared.submit(due, self.source, f0, noise)
        framing = shared.submit(due, self.frames, aligned, f0, energy, norms)
        voice, source = self.generator.voice(norms, rest), coming.result()
        plan = windows(2 * aligned.shape[2], 2 * skipped)
        due -= plan[0].seconds_before
        excited = [
            shared.submit(due + window.seconds_before, self._excite, source, voice, window)
            for window in plan[:EARLY]
        ]
        waiting: deque[Future[Any]] = deque(excited)
        try:
            x = framing.result()
            waiting.clear()
            for place, window in enumerate(plan):
                needed = due + window.seconds_before
                ready = excited[place].result() if place < EARLY else None
                waiting.append(shared.submit(needed, self._window, x, source, voice, window, ready))
                if len(waiting) > shared.number:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _excite(self, source: Tensor, voice: Voice, window: Window) -> Excitation:
        with torch.inference_mode():
            return self.generator.excite(source[:, :, window.source], voice, spare=window.spare)

    def _window(
        self,
        x: Samples,
        source: Tensor,
        voice: Voice,
        window: Window,
        excitation: Excitation | None,
    ) -> Samples:
        if excitation is None:
            excitation = self._excite(source, voice, window)
        with torch.inference_mode():
            samples = self.generator(x[:, window.seen], excitation, voice, spare=window.spare)
            return cast(Samples, samples[0, window.samples].numpy())

    def measure(
        self, aligned: Tensor, f0: Tensor, energy: Tensor, norms: Tensor, moments: Moments
    ) -> Samples:
        with torch.inference_mode():
            source = self.source(f0, None)
            x = self.frames(aligned, f0, energy, norms)
            voice = self.generator.voice(norms, None)
            excitation = self.generator.excite(source, voice, moments)
            samples = self.generator(x, excitation, voice, moments)
            return cast(Samples, samples[0].numpy())
