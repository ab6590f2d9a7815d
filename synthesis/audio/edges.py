"""How much silence surrounds speech: the edges of a stream are cut to measure, its sounds are not."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.loudness import CEILING

Samples = NDArray[np.float32]

LOUD = CEILING * 10 ** (-40 / 20)  # what anybody hears; silence is measured to it
SOFT = CEILING * 10 ** (-54 / 20)  # a breath of [h], [f] or a last [s]
FLOOR_HEARD = 0.03  # seconds at the beginning that show a voice's own noise
NOISIEST = CEILING * 10 ** (-28 / 20)  # louder than this is no noise
SPARED = 0.02  # seconds around the soft sounds
SOFT_BEFORE, SOFT_AFTER = 0.15, 0.3  # seconds that soft sounds reach beyond the loud ones at most
FADE = 0.004  # seconds at both ends, so that joins don't click


@dataclass(frozen=True)
class Edges:
    """The most silence before speech and after it, in seconds."""

    before: float = 0.15
    after: float = 0.3

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> Edges:
        """The edges that `TIMBRE_SILENCE_BEFORE` and `TIMBRE_SILENCE_AFTER` ask for.

        Raises:
            ValueError: one of them is no number of seconds.
        """
        chosen = {}
        for name, setting in (
            ("before", "TIMBRE_SILENCE_BEFORE"),
            ("after", "TIMBRE_SILENCE_AFTER"),
        ):
            written = settings.get(setting, "").strip()
            if not written:
                continue
            if not re.fullmatch(r"\d+(\.\d+)?", written):
                raise ValueError(f"{setting} is a number of seconds as 0.15, not {written!r}.")
            chosen[name] = float(written)
        return cls(**chosen)


UNCUT = Edges(math.inf, math.inf)


class Trimmer:
    """Cuts the silence at both ends of a stream of blocks, and fades its ends.

    Call it with each block, then `finish` once; join what they return. What may turn out to be the
    end is held back until more is heard.
    """

    def __init__(self, edges: Edges, rate: int) -> None:
        self._edges, self._rate = edges, rate
        self._held = np.zeros(0, np.float32)
        self._at = 0  # of all samples that came, where `_held` begins
        self._start: int | None = None  # where the stream begins to be wanted, once that is known
        self._loud, self._soft = LOUD, SOFT
        self._soft_from: int | None = None
        self._soft_to = self._loud_to = 0

    @property
    def cut(self) -> float:
        """Seconds left out at the beginning, known once something has come out."""
        return (self._start or 0) / self._rate

    def __call__(self, block: Samples) -> Samples:
        place = self._at + len(self._held)
        self._held = np.concatenate([self._held, block])
        if self._start is None and place < self._length(FLOOR_HEARD):
            self._hear_noise(np.abs(self._held[: self._length(FLOOR_HEARD)]))
        level = np.abs(block)
        soft, loud = (place + np.flatnonzero(level > least) for least in (self._soft, self._loud))
        if len(soft):
            self._soft_from = int(soft[0]) if self._soft_from is None else self._soft_from
            self._soft_to = int(soft[-1])
        if len(loud):
            self._loud_to = int(loud[-1])
        if self._start is None:
            if math.isfinite(self._edges.before) and not len(loud):
                return self._held[:0]
            self._begin(int(loud[0]) if len(loud) else 0)
        return self._release(self._wanted() - self._length(FADE))

    def finish(self) -> Samples:
        """The rest, up to the silence that is wanted after the last sound."""
        if self._start is None:  # nothing was loud enough to measure from
            self._begin(0)
            rest = self._release(self._at + len(self._held))
        else:
            rest = self._release(self._wanted())
        faded = min(len(rest), self._length(FADE))
        rest[len(rest) - faded :] *= np.linspace(1, 0, faded, dtype=np.float32)
        return rest

    def _length(self, seconds: float) -> int:
        return round(seconds * self._rate)

    def _hear_noise(self, beginning: Samples) -> None:
        """A voice learned from a noisy recording is never silent: what is heard must exceed that."""
        floor = float(beginning.max(initial=0.0))
        if floor < NOISIEST:
            self._loud, self._soft = max(LOUD, 2 * floor), max(SOFT, 1.5 * floor)

    def _begin(self, loud_from: int) -> None:
        before = self._edges.before
        if math.isinf(before):
            self._start = 0
            return
        soft_from = loud_from if self._soft_from is None else self._soft_from
        wanted = min(loud_from - self._length(before), soft_from - self._length(SPARED))
        earliest = loud_from - self._length(max(before, SOFT_BEFORE))
        self._start = max(wanted, earliest, 0)
        self._held, self._at = self._held[self._start - self._at :], self._start

    def _wanted(self) -> int:
        """Up to where the stream is wanted if nothing more is heard."""
        after = self._edges.after
        if math.isinf(after):
            return self._at + len(self._held)
        latest = self._loud_to + self._length(max(after, SOFT_AFTER))
        soft = min(self._soft_to + self._length(SPARED), latest)
        return max(self._loud_to + self._length(after), soft)

    def _release(self, until: int) -> Samples:
        assert self._start is not None
        count = min(max(until - self._at, 0), len(self._held))
        given, self._held = self._held[:count].copy(), self._held[count:]
        risen = np.arange(self._at - self._start, self._at - self._start + count)
        self._at += count
        fade = self._length(FADE)
        if count and risen[0] < fade:
            given *= np.minimum(1, risen / fade).astype(np.float32)
        return given
