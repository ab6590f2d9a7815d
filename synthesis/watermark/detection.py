"""Blind detection: without knowing the original, the offset or the playback speed."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from synthesis.audio.resample import resample
from synthesis.watermark import pieces
from synthesis.watermark.coding import CODED_BITS, decode
from synthesis.watermark.interface import Detection, Heard, Verdict, united
from synthesis.watermark.pattern import (
    BINS,
    HOP,
    PERIOD,
    RATE,
    SYNC_GROUPS,
    SYNC_SHARE,
    Pattern,
    pattern,
)
from synthesis.watermark.spectrum import all_contrasts, frames_of

AROUND = 25  # frames with which a contrast is compared
SHIFTS = 4  # offsets within a hop at which frames may begin
SPEED_STEP, FASTEST = 0.005, 0.03
SPEEDS = (1.0, *(round(1 + s * SPEED_STEP * k, 3) for k in range(1, 7) for s in (1, -1)))
CLEAR = 20.0  # score from which no other speed is tried
CANDIDATES = 3  # offsets to try decoding, at each speed
SEEN = 3.5  # score of the known bits, in standard deviations, from which decoding is tried
SUSPECT = 6.0  # score from which an unreadable clip is not called unmarked
PROMISING = 3  # speeds at which parts are read where all of a clip has no mark
MIN_SECONDS = 1.0  # shorter clips are not examined
CONCLUSIVE = 3.0  # seconds from which a missing mark means that there is none


def _frames(samples: NDArray[np.float32], begin: int) -> pieces.Frames:
    """The contrasts of samples from one of them on."""
    power = np.abs(scipy.fft.rfft(frames_of(samples[begin:]), axis=1)).astype(np.float32) ** 2
    contrast = np.empty((len(power), BINS), np.float32)
    all_contrasts(power, contrast)
    contrast -= uniform_filter1d(contrast, AROUND, axis=0)
    energy = np.einsum("tb,tb->t", contrast, contrast, dtype=np.float64)
    return pieces.Frames(contrast, energy, begin)


def _fold(frames: pieces.Frames) -> NDArray[np.float64]:
    """Contrasts summed over all periods [PERIOD, BINS]."""
    contrast = frames.contrast
    padded = np.zeros((-(-len(contrast) // PERIOD) * PERIOD, BINS))
    padded[: len(contrast)] = contrast
    summed: NDArray[np.float64] = padded.reshape(-1, PERIOD, BINS).sum(0)
    return summed


def _places(
    shifted: list[pieces.Frames], known: NDArray[np.complex128]
) -> list[tuple[float, int, NDArray[np.float64], pieces.Frames]]:
    """(score, offset, folded contrasts, frames) of the likeliest offsets, best first."""
    places = []
    for frames in shifted:
        folded = _fold(frames)
        spectrum = np.fft.rfft(folded, axis=0)
        scores = np.fft.irfft((spectrum.conj() * known).sum(1), n=PERIOD)
        energy = float(frames.energy.sum())
        scores = scores / (pieces.ALIKE * np.sqrt(energy * SYNC_SHARE) + 1e-9)
        for offset in np.argsort(scores)[::-1][:CANDIDATES]:
            places.append((float(scores[offset]), int(offset), folded, frames))
    return sorted(places, key=lambda place: -place[0])[:CANDIDATES]


def _read(folded: NDArray[np.float64], offset: int, used: Pattern) -> int | None:
    """The payload of folded contrasts whose frame 0 is `offset` in the period."""
    aligned = np.roll(folded, offset, axis=0) * used.sign
    sums = np.bincount(
        used.group.ravel(), weights=aligned.ravel(), minlength=SYNC_GROUPS + CODED_BITS
    )
    soft = sums[SYNC_GROUPS:]
    spread = float(np.std(soft)) or 1.0
    return decode(soft / spread)


class _Look:
    """A clip at one playback speed: what all of it says, and what its parts do."""

    def __init__(self, samples: NDArray[np.float32], speed: float, used: Pattern) -> None:
        slowed = samples if speed == 1.0 else resample(samples, round(RATE / speed), RATE)
        slowed = np.ascontiguousarray(slowed, np.float32)
        self.speed, self._used = speed, used
        self._known = np.where(used.group < SYNC_GROUPS, used.sign, np.float32(0))
        self._shifted = [_frames(slowed, shift * HOP // SHIFTS) for shift in range(SHIFTS)]
        places = _places(self._shifted, np.fft.rfft(self._known, axis=0))
        self.score = places[0][0]
        self._candidates_at: dict[int, list[tuple[float, int, int, int]]] = {}
        self.payload: int | None = None
        for score, offset, folded, frames in places:
            if score < SEEN:
                break
            self.payload = _read(folded, offset, used)
            if self.payload is not None:
                self.score, self._whole = score, (offset, frames)
                break

    def promise(self) -> float:
        """How much windows of it look marked, as a sum of scores."""
        every = range(0, SHIFTS, SHIFTS // 2)
        return sum(each[0] for shift in every for each in self._windows(shift))

    def marks(self, seconds: float) -> tuple[Heard, ...]:
        """The mark of all of it and those of its parts, the longest first."""
        taken = np.zeros(len(self._shifted[0].contrast), np.bool_)
        trails: list[pieces.Trail] = []
        if self.payload is not None:
            offset, frames = self._whole
            whole = pieces.Trail(frames, self._used, self.payload, offset, self.score)
            taken[: len(whole.heard)] |= whole.heard
            trails.append(whole)
        self._follow_parts(trails, taken)
        for trail in trails:  # after all parts, which a faint mark of all of a clip would cover
            trail.widen(~taken[: len(trail.heard)])
            taken[: len(trail.heard)] |= trail.heard
        if self.payload is not None:
            trails[0].was_read(0, len(taken))
        return self._told(trails, seconds)

    def _follow_parts(self, trails: list[pieces.Trail], taken: NDArray[np.bool_]) -> None:
        """Add marks that windows hold to trails, and the frames in which they are heard to those taken [n]."""
        left = int(len(taken) * HOP / RATE * pieces.TRIES) + 1
        for score, offset, first, length, frames in self._candidates():
            if taken[first : first + length].mean() > 0.5:
                continue
            if not left:
                break
            left -= 1
            payload = _read(pieces.folded(frames, first, length), offset, self._used)
            if payload is None:
                continue
            trail = next((t for t in trails if t.covers(payload, offset, frames)), None)
            if trail is None:
                trail = pieces.Trail(frames, self._used, payload, offset, score)
                trails.append(trail)
            trail.was_read(first, length)
            taken[: len(trail.heard)] |= trail.heard

    def _told(self, trails: list[pieces.Trail], seconds: float) -> tuple[Heard, ...]:
        spans: dict[int, list[tuple[float, float]]] = defaultdict(list)
        scores: dict[int, float] = defaultdict(float)
        for trail in trails:
            spans[trail.payload] += pieces.spans_of(trail.heard, trail.frames, self.speed)
            scores[trail.payload] = max(trail.score, scores[trail.payload])
        found = [
            Heard(payload, round(scores[payload], 2), united(spans[payload], seconds))
            for payload in spans
        ]
        return tuple(sorted(found, key=lambda mark: -mark.seconds))

    def _windows(self, shift: int) -> list[tuple[float, int, int, int]]:
        if shift not in self._candidates_at:
            found = pieces.candidates(self._shifted[shift], self._known)
            self._candidates_at[shift] = found
        return self._candidates_at[shift]

    def _candidates(self) -> list[tuple[float, int, int, int, pieces.Frames]]:
        found = [
            (*each, frames)
            for shift, frames in enumerate(self._shifted)
            for each in self._windows(shift)
        ]
        return sorted(found, key=lambda each: -each[0])


def _marks(
    samples: NDArray[np.float32], used: Pattern, seconds: float
) -> tuple[tuple[Heard, ...], float, float]:
    """(the marks of a clip at the speed at which it has most; the score of the first of them, or the best
    of all of it; the speed of that score).
    """
    best, best_speed = 0.0, 1.0
    promising: list[tuple[float, _Look]] = []
    for speed in SPEEDS:
        look = _Look(samples, speed, used)
        if look.score > best:
            best, best_speed = look.score, speed
        if look.payload is not None:
            look = _nearest(look, samples, used)
            marks = look.marks(seconds)
            return marks, marks[0].score, look.speed
        # no more are kept: a look holds some 20 MB of two minutes
        promising = sorted([*promising, (look.promise(), look)], key=lambda each: -each[0])
        del promising[PROMISING:]
    for promise, look in promising:
        marks = look.marks(seconds) if promise else ()
        if marks:
            return marks, marks[0].score, look.speed
    return (), best, best_speed


def _nearest(look: _Look, samples: NDArray[np.float32], used: Pattern) -> _Look:
    """The look at the speed near a first one at which the same mark is clearest."""
    for direction in (1, -1):
        while abs(look.speed - 1) < FASTEST and look.score < CLEAR:
            other = _Look(samples, round(look.speed + direction * SPEED_STEP, 3), used)
            if other.payload != look.payload or other.score <= look.score:
                break
            look = other
    return look


def detect(samples: NDArray[np.float32], rate: int, key: bytes) -> Detection:
    """Look for marks of a key in mono samples at any rate; the score is that of the known bits, in
    standard deviations.
    """
    at_rate = samples if rate == RATE else resample(samples, rate, RATE)
    seconds = round(len(at_rate) / RATE, 2)
    if len(at_rate) / RATE < MIN_SECONDS:
        return Detection(Verdict.INCONCLUSIVE, None, 0.0, 1.0, seconds)
    marks, score, speed = _marks(at_rate, pattern(key), seconds)
    if marks:
        payload = marks[0].payload
        return Detection(Verdict.WATERMARKED, payload, round(score, 2), speed, seconds, marks)
    faint = score >= SUSPECT or seconds < CONCLUSIVE
    verdict = Verdict.INCONCLUSIVE if faint else Verdict.NOT_DETECTED
    return Detection(verdict, None, round(score, 2), speed, seconds)
