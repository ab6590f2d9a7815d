"""Throughput and waiting against the number of listeners."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from synthesis.benchmarks.speed import LINES, NUMBERS
from synthesis.engines.kokoro import KokoroEngine
from synthesis.inference.onnx_rendering import OnnxRenderer
from synthesis.inference.windows import CONTEXT, CURVE, MAX_WINDOW, STEPS
from synthesis.models.generator import SAMPLE_RATE
from synthesis.template import VoiceTemplate

STREAMS = (1, 2, 4, 8, 16)
BATCHES = (1, 2, 4)
ROUNDS = 3
BUFFERED = 0.2  # seconds of audio that a player buffers before it starts
TEXT = " ".join((LINES[11], LINES[20]))  # a short sentence, then a longer one


@dataclass
class _Seen:
    """What the listeners saw."""

    firsts: list[float] = field(default_factory=list)
    late: int = 0
    chunks: int = 0
    audio: float = 0.0


class _Listener(threading.Thread):
    """Asks for a text, plays it to its end, asks for the next."""

    def __init__(
        self,
        engine: KokoroEngine,
        template: VoiceTemplate,
        until: float,
        seen: _Seen,
        turn: int,
        alone: threading.Lock | None,
        paced: bool,
    ) -> None:
        super().__init__()
        self._engine, self._template, self._until = engine, template, until
        self._seen, self._turn, self._alone, self._paced = seen, turn, alone, paced

    def run(self) -> None:
        if self._paced:
            time.sleep(random.uniform(0.0, 2.0))  # noqa: S311 - no secret, a pause
        while time.monotonic() < self._until:
            self._turn += 1
            asked = time.monotonic()
            with self._alone or nullcontext():
                played_until = self._listen(asked)
            if self._paced:
                time.sleep(max(0.0, played_until - time.monotonic()))

    def _listen(self, asked: float) -> float:
        """The time at which the audio will have been played to its end."""
        number = NUMBERS[self._turn % len(NUMBERS)]
        first, audio = 0.0, 0.0
        for chunk in self._engine.synthesize(TEXT.format(number, number), self._template):
            now = time.monotonic() - asked
            first = first or now
            self._seen.late += now > first + BUFFERED + audio
            self._seen.chunks += 1
            audio += chunk.seconds
            if time.monotonic() < self._until:
                self._seen.audio += chunk.seconds
        self._seen.firsts.append(first)
        return asked + first + audio


def measure(
    engine: KokoroEngine,
    templates: list[VoiceTemplate],
    streams: int,
    seconds: float,
    *,
    shared: bool,
    paced: bool = True,
) -> dict[str, float]:
    """Measure `streams` listeners at once, each with one of the given voices.

    shared: whether requests share the cores step by step, or wait for one another; paced: whether
    a listener plays a text to its end before asking for the next, or asks at once.
    throughput: seconds of audio per second; first, worst: median and 95th percentile of the seconds
    to the first audio; late: share of chunks that a player with a small buffer had to wait for.
    """
    seen, alone = _Seen(), None if shared else threading.Lock()
    started = time.monotonic()
    listeners = [
        _Listener(
            engine, templates[i % len(templates)], started + seconds, seen, 5 * i, alone, paced
        )
        for i in range(streams)
    ]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join()
    return {
        "throughput": seen.audio / seconds,
        "first": float(np.median(seen.firsts)),
        "worst": float(np.quantile(seen.firsts, 0.95)),
        "late": seen.late / seen.chunks,
    }


def batches(engine: KokoroEngine, templates: list[VoiceTemplate]) -> dict[str, list[float]]:
    """Seconds of audio per second of the generator, by renderer, for each size in `BATCHES`.

    A batch of equal windows is one computation on all cores.
    """
    voices = [templates[i % len(templates)] for i in range(max(BATCHES))]
    norms = torch.stack([voice.norms for voice in voices])
    rest = torch.stack([cast(Tensor, voice.rest) for voice in voices])
    frames = MAX_WINDOW + 2 * CONTEXT
    x = torch.randn(len(voices), 512, frames)
    source = torch.randn(len(voices), 22, STEPS * frames + 1).abs()
    decoder = engine.model.decoder
    runs: dict[str, Callable[[int], Any]] = {
        "onnx": lambda n: onnx.spectrum(x[:n], source[:n], norms[:n], rest[:n]),
        "float": lambda n: decoder.generator.spectrum(x[:n], source[:n], norms[:n], rest[:n]),
    }
    onnx, rates_by_renderer = OnnxRenderer(decoder), dict[str, list[float]]()
    for name, run in runs.items():
        rates = []
        for size in BATCHES:
            with torch.inference_mode():
                run(size)
                started = time.perf_counter()
                for _ in range(ROUNDS):
                    run(size)
            elapsed = time.perf_counter() - started
            rates.append(ROUNDS * size * frames * CURVE / SAMPLE_RATE / elapsed)
        rates_by_renderer[name] = rates
    return rates_by_renderer
