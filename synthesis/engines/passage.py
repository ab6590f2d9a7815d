"""A line on its way from the renderer to the listener: its level, its tempo, the silence around it."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.edges import UNCUT, Edges, Trimmer
from synthesis.audio.loudness import Limiter
from synthesis.audio.stretch import Stretch
from synthesis.engines import expression
from synthesis.engines.pace import Pace
from synthesis.engines.script import Line
from synthesis.models.generator import FRAME, SAMPLE_RATE
from synthesis.models.kokoro import Prosody
from synthesis.text.words import MarkTime, WordSpan

Samples = NDArray[np.float32]

FRAME_SECONDS = FRAME / SAMPLE_RATE
MIN_LEAD = 6  # frames before the first phoneme: its sound begins up to 5 frames early


class Passage:
    """A line in its prosody. Call it with each rendered block, then `finish` once."""

    def __init__(
        self, line: Line, prosody: Prosody, pace: Pace, gain: float, edges: Edges = UNCUT
    ) -> None:
        """edges: the most silence before and after it; gain: of the voice."""
        self.line, self.prosody, self._pace, self._gain = line, prosody, pace, gain
        self._before = edges.before
        self._levels = expression.levels(line.deliveries, prosody.durations)
        self._place = self.skipped * FRAME  # of the next block in the whole sentence
        self._limiter = Limiter()
        self._stretch = Stretch(pace.tempo, SAMPLE_RATE)
        self._trimmer = Trimmer(edges, SAMPLE_RATE)

    @cached_property
    def skipped(self) -> int:
        """Frames of silence at the beginning that need not be rendered."""
        lead = int(self.prosody.durations[0])
        if math.isfinite(self._before):
            kept = math.ceil(self._before * self._pace.tempo / FRAME_SECONDS)
        else:
            kept = round(lead / max(1.0, self._pace.model))  # a pause becomes shorter with the rest
        return max(0, lead - max(kept, MIN_LEAD))

    @property
    def frames(self) -> int:
        """Frames to render."""
        return self.prosody.aligned.shape[2] - self.skipped

    @property
    def seconds(self) -> float:
        """About how long it will be heard."""
        return self.frames * FRAME_SECONDS / self._pace.tempo + self.line.pause

    def __call__(self, block: Samples) -> Samples:
        level: NDArray[np.float32] | np.float32 = np.float32(self._gain)
        if self._levels is not None:
            level = level * self._levels[self._place : self._place + len(block)]
            self._place += len(block)
        limited = self._limiter(block * level)
        return self._trimmer(self._stretch(limited))

    def finish(self) -> Samples:
        """The rest, with the pause that follows."""
        rest = self._trimmer(self._stretch(self._limiter.finish()))
        silence = np.zeros(round(self.line.pause * SAMPLE_RATE), np.float32)
        last = self._trimmer(self._stretch.finish())
        return np.concatenate([rest, last, self._trimmer.finish(), silence])

    def words_and_marks(self, offset: float) -> tuple[tuple[WordSpan, ...], tuple[MarkTime, ...]]:
        """When each word and mark is heard, once its first samples have come out; offset: of these (s)."""

        def heard(seconds: float) -> float:
            return offset + self._heard(seconds)

        words = self.line.words(self.prosody)
        return self.line.spoken_words(words, heard), self.line.mark_times(words, heard)

    def _heard(self, seconds: float) -> float:
        rendered = seconds - self.skipped * FRAME_SECONDS
        return max(0.0, rendered / self._pace.tempo - self._trimmer.cut)
