"""Blind detection: without knowing the original, the offset or the playback speed."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from synthesis.audio.resample import resample
from synthesis.watermark.coding import CODED_BITS, decode
from synthesis.watermark.interface import Detection, Verdict
from synthesis.watermark.pattern import BINS, HOP, PERIOD, RATE, SYNC_GROUPS, SYNC_SHARE, pattern
from synthesis.watermark.spectrum import all_contrasts, frames_of

AROUND = 25  # frames with which a contrast is compared
SHIFTS = 4  # offsets within a hop at which frames may begin
SPEEDS = (1.0, *(1 + s * 0.005 * k for k in range(1, 7) for s in (1, -1)))
CANDIDATES = 3  # offsets to try decoding, at each speed
ALIKE = 1.34  # bins of one sign are correlated, so sums vary more than independent ones
SEEN = 3.5  # score of the known bits, in standard deviations, from which decoding is tried
SUSPECT = 6.0  # score from which an unreadable clip is not called unmarked
MIN_SECONDS = 1.0  # shorter clips are not examined
CONCLUSIVE = 3.0  # seconds from which a missing mark means that there is none


def _fold(samples: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """Contrasts summed over all periods [PERIOD, BINS], and the sum of their squares."""
    power = np.abs(scipy.fft.rfft(frames_of(samples), axis=1)).astype(np.float32) ** 2
    contrast = np.empty((len(power), BINS), np.float32)
    all_contrasts(power, contrast)
    contrast -= uniform_filter1d(contrast, AROUND, axis=0)
    padded = np.zeros((-(-len(contrast) // PERIOD) * PERIOD, BINS))
    padded[: len(contrast)] = contrast
    return padded.reshape(-1, PERIOD, BINS).sum(0), float((contrast.astype(float) ** 2).sum())


def _places(
    samples: NDArray[np.float32], known: NDArray[np.complex128]
) -> list[tuple[float, int, NDArray[np.float64]]]:
    """(score, offset, folded contrasts) of the likeliest offsets, best first."""
    places = []
    for shift in range(SHIFTS):
        folded, energy = _fold(samples[shift * HOP // SHIFTS :])
        spectrum = np.fft.rfft(folded, axis=0)
        scores = np.fft.irfft((spectrum.conj() * known).sum(1), n=PERIOD)
        scores = scores / (ALIKE * np.sqrt(energy * SYNC_SHARE) + 1e-9)
        for offset in np.argsort(scores)[::-1][:CANDIDATES]:
            places.append((float(scores[offset]), int(offset), folded))
    return sorted(places, key=lambda place: -place[0])[:CANDIDATES]


def _read(folded: NDArray[np.float64], offset: int, key: bytes) -> int | None:
    """The payload of folded contrasts whose frame 0 is `offset` in the period."""
    used = pattern(key)
    aligned = np.roll(folded, offset, axis=0) * used.sign
    sums = np.bincount(
        used.group.ravel(), weights=aligned.ravel(), minlength=SYNC_GROUPS + CODED_BITS
    )
    soft = sums[SYNC_GROUPS:]
    spread = float(np.std(soft)) or 1.0
    return decode(soft / spread)


def detect(samples: NDArray[np.float32], rate: int, key: bytes) -> Detection:
    """Look for the mark of a key in mono samples at any rate; the score is that of the known bits, in
    standard deviations.
    """
    used = pattern(key)
    known = np.fft.rfft(np.where(used.group < SYNC_GROUPS, used.sign, 0.0), axis=0)
    at_rate = samples if rate == RATE else resample(samples, rate, RATE)
    seconds = len(at_rate) / RATE
    best, best_speed = 0.0, 1.0
    if seconds < MIN_SECONDS:
        return Detection(Verdict.INCONCLUSIVE, None, 0.0, 1.0, round(seconds, 2))
    for speed in SPEEDS:
        slowed = at_rate if speed == 1.0 else resample(at_rate, round(RATE / speed), RATE)
        for score, offset, folded in _places(np.ascontiguousarray(slowed, np.float32), known):
            if score > best:
                best, best_speed = score, speed
            if score < SEEN:
                break
            payload = _read(folded, offset, key)
            if payload is not None:
                return Detection(
                    Verdict.WATERMARKED, payload, round(score, 2), speed, round(seconds, 2)
                )
    faint = best >= SUSPECT or seconds < CONCLUSIVE
    verdict = Verdict.INCONCLUSIVE if faint else Verdict.NOT_DETECTED
    return Detection(verdict, None, round(best, 2), best_speed, round(seconds, 2))
