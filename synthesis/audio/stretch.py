"""Faster or slower speech at the same pitch, by FFmpeg's `atempo` (waveform overlap-add)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

STEPS = (0.5, 2.0)  # what one filter does well; beyond them, several share the work


class Stretch:
    """Stretches a stream of blocks: what goes in at `t` seconds comes out at `t / tempo`.

    Call it with each block, then `finish` once; join what they return.
    """

    def __init__(self, tempo: float, rate: int) -> None:
        """tempo: 2.0 for twice as fast; rate: Hz."""
        self._tempo, self._rate = tempo, rate
        self._taken = self._given = 0
        self._filters = None if tempo == 1.0 else _filters(tempo, rate)

    def __call__(self, block: Samples) -> Samples:
        if self._filters is None or not len(block):
            return block
        import av

        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(block, np.float32)[None], format="flt", layout="mono"
        )
        frame.sample_rate, frame.pts = self._rate, self._taken
        self._taken += len(block)
        self._filters.push(frame)
        return self._ready()

    def finish(self) -> Samples:
        """The rest; with it, as many samples have come out as went in, divided by the tempo."""
        if self._filters is None or not self._taken:
            return np.zeros(0, np.float32)
        self._filters.push(None)
        rest = self._ready()
        missing = round(self._taken / self._tempo) - self._given
        return np.pad(rest, (0, missing)) if missing >= 0 else rest[:missing]

    def _ready(self) -> Samples:
        made = np.concatenate([np.zeros(0, np.float32), *_pulled(self._filters)])
        self._given += len(made)
        return made


def _filters(tempo: float, rate: int) -> Any:
    """A graph of as few filters as the tempo needs."""
    import av.filter

    count = 1
    while not STEPS[0] <= tempo ** (1 / count) <= STEPS[1]:
        count += 1
    graph = av.filter.Graph()
    last = graph.add(
        "abuffer", sample_rate=str(rate), sample_fmt="flt", channel_layout="mono",
        time_base=f"1/{rate}",
    )  # fmt: skip
    stages = [graph.add("atempo", repr(tempo ** (1 / count))) for _ in range(count)]
    for stage in (*stages, graph.add("abuffersink")):
        last.link_to(stage)
        last = stage
    graph.configure()
    return graph


def _pulled(graph: Any) -> Iterator[Samples]:
    """What has come out of a graph so far."""
    import av

    while True:
        try:
            yield graph.pull().to_ndarray()[0]
        except (av.BlockingIOError, av.EOFError):
            return
