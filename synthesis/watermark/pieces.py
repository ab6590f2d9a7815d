"""Marks of parts of a clip: found in short windows, and followed as far as they are heard.

Speech of several requests has a mark for each, and a person's recording may have a marked part; folded over the
whole clip they drown one another. A window of 1.5 s holds enough of one mark to read it.

More windows are more tries, each of which noise passes once in 1.3 * 10^8: it has to agree with a code word (once
in 2,000) and with a CRC (once in 65,536). A try is made from `SEEN` standard deviations of the known bits on, which
noise reaches about once in 30 s over all windows, offsets and speeds; all of a clip, read from 3.5, gives as
many. Whatever a clip sounds like, it has `TRIES` a second at no more than three speeds: 360 in 30 s, so that at worst
one of 300,000 such clips has a mark by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synthesis.watermark.coding import encode
from synthesis.watermark.pattern import HOP, PERIOD, RATE, SYNC_GROUPS, Pattern

ALIKE = 1.34  # bins of one sign are correlated, so sums vary more than independent ones
WINDOWS = (70, 140)  # frames: 1.5 and 3 s
STEP = 23  # frames from one window to the next: half a second
SEEN = 4.6  # score of the known bits, in standard deviations, from which a window is read
TRIES = 4  # a second of clip, at each speed
FOLLOWED = 35  # frames (0.75 s) over which a mark that was read is followed
HEARD = 5.0  # score of its own bits over those, from which it is heard there
# Less of a squared score, with which a stretch is as likely (chi-square, two edges, 95 %)
AS_LIKELY = 6.0
MISSED = 6.0  # score that a stretch should have: from here on, one with less than half is left out
DRIFT = 4  # frames by which it may shift, as a speed is known to a quarter of a percent
BRIDGED = 47  # frames (1 s) without it between two parts that are one: pauses carry no mark


@dataclass(frozen=True)
class Frames:
    """contrast [n, BINS] of frames from sample `begin` on; energy [n]: sums of its squares."""

    contrast: NDArray[np.float32]
    energy: NDArray[np.float64]
    begin: int

    def seconds(self, frame: int) -> float:
        """When a frame begins."""
        return (self.begin + frame * HOP) / RATE


def _agreeing(
    frames: Frames, expected: NDArray[np.float32], offsets: NDArray[np.int64]
) -> NDArray[np.float32]:
    """How frames agree with rows expected [PERIOD, BINS] at some offsets: [n, offsets]."""
    rows = (np.arange(len(frames.contrast))[:, None] + offsets) % PERIOD
    return np.take_along_axis(frames.contrast @ expected.T, rows, 1)


class _Sums:
    """Sums over windows of how frames agree [n, offsets]; energy [n]: of as much of them as is expected."""

    def __init__(self, agreeing: NDArray[np.float32], energy: NDArray[np.float64]) -> None:
        self._agreeing = np.zeros((len(agreeing) + 1, agreeing.shape[1]))
        np.cumsum(agreeing, axis=0, out=self._agreeing[1:])
        self._energy = np.concatenate([[0.0], np.cumsum(energy)])

    def scores(self, length: int, step: int = 1) -> NDArray[np.float64]:
        """How windows of `length` frames agree, in standard deviations: [windows, offsets]."""
        at = np.arange(0, len(self._energy) - length, step)
        return self.between(at, at + length)

    def between(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
        """How stretches of frames agree, in standard deviations: [n, offsets]."""
        scores: NDArray[np.float64] = self._agreeing[last] - self._agreeing[first]
        return scores / self.spread(first, last)[:, None]

    def spread(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
        """A standard deviation of how stretches agree, [n]."""
        spread: NDArray[np.float64] = ALIKE * np.sqrt(self._energy[last] - self._energy[first])
        return spread + 1e-9


def _share(expected: NDArray[np.float32]) -> float:
    return float(np.count_nonzero(expected)) / expected.size


def candidates(frames: Frames, known: NDArray[np.float32]) -> list[tuple[float, int, int, int]]:
    """(score, offset, first frame, frames) of windows that may hold a mark."""
    sums = _Sums(_agreeing(frames, known, np.arange(PERIOD)), frames.energy * _share(known))
    found = []
    for length in WINDOWS:
        if length > len(frames.contrast):
            break
        scores = sums.scores(length, STEP)
        offsets = scores.argmax(1)
        for window in np.flatnonzero(scores.max(1) >= SEEN):
            offset = int(offsets[window])
            found.append((float(scores[window, offset]), offset, int(window) * STEP, length))
    return found


def folded(frames: Frames, first: int, length: int) -> NDArray[np.float64]:
    """Contrasts of a window summed over all periods [PERIOD, BINS], where frame 0 of the clip is row 0."""
    at = np.arange(first, first + length) % PERIOD
    rows = np.zeros((PERIOD, frames.contrast.shape[1]))
    np.add.at(rows, at, frames.contrast[first : first + length])
    return rows


class Trail:
    """A mark that was read at an offset, followed along a clip; heard: in which of its frames it is [n]."""

    def __init__(
        self, frames: Frames, used: Pattern, payload: int, offset: int, score: float
    ) -> None:
        # the known bits are those of every mark, also of the next piece's
        bits = np.concatenate([np.zeros(SYNC_GROUPS), encode(payload)]).astype(np.float32)
        expected = used.sign * bits[used.group]
        near = (offset + np.arange(-DRIFT, DRIFT + 1)) % PERIOD
        self.frames, self.payload, self.score = frames, payload, score
        self._near = near.tolist()
        self._agreeing = _agreeing(frames, expected, near)
        self._energy = frames.energy * _share(expected)
        self.heard = self._heard()

    def covers(self, payload: int, offset: int, frames: Frames) -> bool:
        """Whether following a mark that was read there would be following this one again."""
        return payload == self.payload and frames is self.frames and offset in self._near

    def was_read(self, first: int, length: int) -> None:
        """Have it heard in frames in which it was read, even where it is too faint to be followed."""
        if not self.heard[first : first + length].any():
            self.heard[first : first + length] = True

    def widen(self, free: NDArray[np.bool_]) -> None:
        """Hear it also in stretches of the free frames [n] that are too faint window by window."""
        places = np.flatnonzero(free)
        while len(places) >= FOLLOWED:
            among = _faint(_Sums(self._agreeing[places], self._energy[places]), len(places))
            if not among.any():
                break
            self.heard[places[among]] = True
            places = places[~among]

    def _heard(self) -> NDArray[np.bool_]:
        count = len(self._energy)
        length = min(FOLLOWED, count)
        scores = _Sums(self._agreeing, self._energy).scores(length)
        centre = np.flatnonzero(scores.max(1) >= HEARD) + length // 2
        heard = np.zeros(count, np.bool_)
        if len(centre):
            heard[centre] = True
            # a window is as long as a mark that begins or ends in it is far from its middle
            heard[: length // 2 + 1] |= heard[length // 2]
            heard[count - length + length // 2 :] |= heard[count - length + length // 2]
        return _bridged(heard)


def _faint(sums: _Sums, count: int) -> NDArray[np.bool_]:
    """In which of `count` frames a mark is heard that is too faint for windows [count].

    The longest stretch that is about as likely as the likeliest: a score grows with the root of the frames
    that have the mark, and falls with those that have none. Of that, what would be heard and isn't is left out.
    """
    edges = np.append(np.arange(0, count, STEP), count)
    first, last = (edges[at] for at in np.triu_indices(len(edges), 1))
    scores = sums.between(first, last).max(1)
    heard = np.zeros(count, np.bool_)
    if scores.max() < HEARD:
        return heard
    likely = np.flatnonzero(scores >= np.sqrt(scores.max() ** 2 - AS_LIKELY))
    chosen = likely[(last - first)[likely].argmax()]
    begin, end = first[chosen], last[chosen]
    heard[begin:end] = True
    share = (last - first) / (end - begin)
    expected = scores[chosen] * share * sums.spread(begin, end) / sums.spread(first, last)
    missed = (first >= begin) & (last <= end) & (expected >= MISSED) & (scores < expected / 2)
    for at in np.flatnonzero(missed):
        heard[first[at] : last[at]] = False
    return heard


def _bridged(heard: NDArray[np.bool_]) -> NDArray[np.bool_]:
    at = np.flatnonzero(heard)
    for before, after in pairwise(at.tolist()):
        if 1 < after - before <= BRIDGED:
            heard[before:after] = True
    return heard


def spans_of(heard: NDArray[np.bool_], frames: Frames, speed: float) -> list[tuple[float, float]]:
    """The times in a clip, in seconds, of frames of it that were played at a speed."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], heard, [False]]).astype(np.int8)))
    return [
        (frames.seconds(int(begin)) / speed, frames.seconds(int(end) + 1) / speed)
        for begin, end in edges.reshape(-1, 2)
    ]
