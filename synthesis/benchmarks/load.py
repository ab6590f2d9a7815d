"""Throughput and waiting against the number of listeners."""

from __future__ import annotations

import random
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np

from synthesis.benchmarks.speed import LINES, NUMBERS
from synthesis.engines.kokoro import KokoroEngine
from synthesis.template import VoiceTemplate

STREAMS = (1, 2, 4, 8, 16)
BUFFERED = 0.2  # seconds of audio that a player gathers before it begins
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
            time.sleep(random.uniform(0.0, 2.0))
        while time.monotonic() < self._until:
            self._turn += 1
            asked = time.monotonic()
            with self._alone or nullcontext():
                played_until = self._listen(asked)
            if self._paced:
                time.sleep(max(0.0, played_until - time.monotonic()))

    def _listen(self, asked: float) -> float:
        """When the audio will have been heard to its end."""
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


def offered(
    engine: KokoroEngine,
    templates: list[VoiceTemplate],
    streams: int,
    seconds: float,
    *,
    shared: bool,
    paced: bool = True,
) -> dict[str, float]:
    """Figures with so many listeners at once, each with one of the voices given.

    shared: whether requests share the cores step by step, or wait for one another; paced: whether
    a listener plays a text to its end before asking for the next, or asks at once.
    throughput: seconds of audio a second; first, worst: median and 95th percentile of the seconds
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
