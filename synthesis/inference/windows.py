"""Splits a sentence into windows, so that its beginning is sent before its end is computed.

A window overlaps its neighbours by the generator's receptive field, and all are normalized by the
voice's measured statistics, so the result equals that of one long computation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from synthesis.models.generator import FRAME, SAMPLE_RATE, Generator

CURVE = FRAME // 2  # samples per frame at 80 Hz, the unit of everything below
STEPS = Generator.RATES[0] * Generator.RATES[1]  # of the excitation's spectrum per frame at 80 Hz
CONTEXT = 9  # frames that the generator sees to each side (0.11 s)
LATE_CONTEXT = 2  # frames that the layers after its first upsampling stage see
FIRST = 16  # frames of the first window (0.2 s)
GROWTH = 2.0  # each window's length relative to the previous one
MAX_WINDOW = 192  # frames
TOGETHER = 2  # long windows come in groups of equal length, so that two cores finish together


@dataclass(frozen=True)
class Window:
    """Frames [start, end) of a sentence at 80 Hz, computed from [seen_from, seen_to)."""

    start: int
    end: int
    seen_from: int
    seen_to: int

    @property
    def seconds_before(self) -> float:
        """Seconds of the sentence before the window's first sample."""
        return self.start * CURVE / SAMPLE_RATE

    @property
    def seen(self) -> slice:
        """The frames from which it is computed."""
        return slice(self.seen_from, self.seen_to)

    @property
    def source(self) -> slice:
        """The steps of the excitation's spectrum from which it is computed."""
        return slice(STEPS * self.seen_from, STEPS * self.seen_to + 1)

    @property
    def spare(self) -> tuple[int, int]:
        """Frames at each side that are not needed after the first upsampling stage."""
        before, after = self.start - self.seen_from, self.seen_to - self.end
        return max(0, before - LATE_CONTEXT), max(0, after - LATE_CONTEXT)

    @property
    def samples(self) -> slice:
        """The window's own samples within a result computed without the spare frames."""
        begin = (self.start - self.seen_from - self.spare[0]) * CURVE
        return slice(begin, begin + (self.end - self.start) * CURVE)

    @property
    def samples_of_all(self) -> slice:
        """The window's own samples within a result computed with the spare frames."""
        return slice((self.start - self.seen_from) * CURVE, (self.end - self.seen_from) * CURVE)


def _lengths(frames: int) -> list[int]:
    """Growing lengths first, then equal parts of the rest, an even number if they are long."""
    lengths, length = [], float(FIRST)
    while frames >= 2 * length and length <= MAX_WINDOW:
        lengths.append(round(length))
        frames -= lengths[-1]
        length *= GROWTH
    longest = min(length, MAX_WINDOW)
    parts = 1 if frames <= longest / 2 else TOGETHER * math.ceil(frames / (TOGETHER * longest))
    ends = [round(frames * part / parts) for part in range(parts + 1)]
    return lengths + [end - start for start, end in pairwise(ends) if end > start]


def windows(frames: int, first: int = 0) -> list[Window]:
    """The windows of a sentence: a short one first, then longer ones.

    first: the frame that the first one begins with; what is before it is only seen.
    """
    planned, start = [], first
    for length in _lengths(frames - first):
        end = start + length
        planned.append(Window(start, end, max(0, start - CONTEXT), min(frames, end + CONTEXT)))
        start = end
    return planned
