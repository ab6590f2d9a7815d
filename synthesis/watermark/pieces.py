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


@dataclass(frozen=True)
class Piece:
    """A mark, its score, and the frames in which it is heard, [n] booleans."""

    payload: int
    score: float
    heard: NDArray[np.bool_]


def _sums(
    frames: Frames, expected: NDArray[np.float32], length: int, step: int
) -> NDArray[np.float64]:
    """How windows agree with rows expected [PERIOD, BINS], in standard deviations: [windows, PERIOD offsets]."""
    count = len(frames.contrast)
    agreeing = frames.contrast @ expected.T
    rows = (np.arange(count)[:, None] + np.arange(PERIOD)) % PERIOD
    added = np.zeros((count + 1, PERIOD))
    np.cumsum(np.take_along_axis(agreeing, rows, 1), axis=0, out=added[1:])
    energy = np.concatenate([[0.0], np.cumsum(frames.energy)])
    at = np.arange(0, count - length + 1, step)
    share = float(np.count_nonzero(expected)) / expected.size
    spread = ALIKE * np.sqrt((energy[at + length] - energy[at]) * share) + 1e-9
    scores: NDArray[np.float64] = (added[at + length] - added[at]) / spread[:, None]
    return scores


def candidates(frames: Frames, known: NDArray[np.float32]) -> list[tuple[float, int, int, int]]:
    """(score, offset, first frame, frames) of windows that may hold a mark."""
    found = []
    for length in WINDOWS:
        if length > len(frames.contrast):
            break
        scores = _sums(frames, known, length, STEP)
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


def follow(frames: Frames, used: Pattern, payload: int, offset: int) -> NDArray[np.bool_]:
    """In which frames a mark that was read at an offset is heard [n]."""
    # the known bits are those of every mark, also of the next piece's
    bits = np.concatenate([np.zeros(SYNC_GROUPS), encode(payload)]).astype(np.float32)
    count = len(frames.contrast)
    length = min(FOLLOWED, count)
    scores = _sums(frames, used.sign * bits[used.group], length, 1)
    near = (offset + np.arange(-DRIFT, DRIFT + 1)) % PERIOD
    centre = np.flatnonzero(scores[:, near].max(1) >= HEARD) + length // 2
    heard = np.zeros(count, np.bool_)
    heard[centre] = True
    if len(
        centre
    ):  # a window is as long as a mark that begins or ends in it is far from its middle
        heard[: length // 2 + 1] |= heard[length // 2]
        heard[count - length + length // 2 :] |= heard[count - length + length // 2]
    return _bridged(heard)


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
