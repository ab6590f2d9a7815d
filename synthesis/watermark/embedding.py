"""Embedding the mark into a stream of samples."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from synthesis.watermark.coding import encode
from synthesis.watermark.pattern import (
    GROUPS,
    HOP,
    MIN_BIN,
    PERIOD,
    SYNC_GROUPS,
    WINDOW,
    pattern,
)
from synthesis.watermark.spectrum import ROOT_HANN, contrasts, frames_of, next_level

AIM = 0.18  # mean log magnitude that each bit should have
MAX_PUSH = 0.6  # largest change in log magnitude of the softest bin; a loud one changes far less
LOUDEST = 10**-2.35  # power of the mark relative to its frame
REALIZED = (
    0.5  # share of a push that survives the overlap of frames, a first guess corrected by `_listen`
)
RETAINED = 0.985  # decay per frame of what is owed to a bit
BLOCK = 4  # frames between measurements of the result


@njit(
    "void(complex64[:, :], int32[:, :], float32[:, :], float32[:], float32[:], float32[:, :],"
    "int64, float32[:], int64)",
    fastmath=True,
)
def _push(
    spectra: NDArray[np.complex64],
    group: NDArray[np.int32],
    sign: NDArray[np.float32],
    bits: NDArray[np.float32],
    owed: NDArray[np.float32],
    unheard: NDArray[np.float32],
    unheard_count: int,
    level: NDArray[np.float32],
    first: int,
) -> None:
    """Push the bins of frames, in place, towards what their bits still lack.

    owed [GROUPS]: from frames already measured; unheard [.., GROUPS]: estimates for the other frames,
    to which these frames are appended; first: their position in the period.
    """
    bins = group.shape[1]
    contrast, weight = np.empty(bins, np.float32), np.empty(bins, np.float32)
    shape, push = np.empty(bins, np.float32), np.empty(bins, np.float32)
    power = np.empty(spectra.shape[1], np.float32)
    lacks, reach = np.empty(len(bits), np.float32), np.empty(len(bits), np.float32)
    for frame in range(len(spectra)):
        row = spectra[frame]
        for k in range(len(power)):
            power[k] = row[k].real ** 2 + row[k].imag ** 2
        level[0] = next_level(power, level[0])
        contrasts(power, level[0], contrast, weight, shape)
        at = (first + frame) % PERIOD
        own = unheard[unheard_count + frame]
        for g in range(len(bits)):
            own[g] = np.float32(0.0)
            lacks[g] = owed[g]
            reach[g] = np.float32(0.0)
            for earlier in range(unheard_count + frame):
                lacks[g] += unheard[earlier, g]
        for k in range(bins):
            g = group[at, k]
            own[g] += AIM * weight[k] - bits[g] * sign[at, k] * contrast[k]
            reach[g] += weight[k] * shape[k]
        for g in range(len(bits)):
            lacks[g] += own[g]
        change = total = np.float32(0.0)
        for k in range(len(power)):
            total += power[k]
        for k in range(bins):
            g = group[at, k]
            push[k] = np.float32(0.0)
            if lacks[g] > 0.0 and reach[g] > 1e-3:
                push[k] = min(lacks[g] / (REALIZED * reach[g]), MAX_PUSH) * shape[k]
                change += power[MIN_BIN + k] * push[k] ** 2
        softer = np.float32(1.0)
        if change > LOUDEST * total:
            softer = np.sqrt(LOUDEST * total / change)
        for k in range(bins):
            if push[k] > 0.0:
                g = group[at, k]
                pushed = softer * push[k]
                own[g] -= REALIZED * pushed * weight[k]
                row[MIN_BIN + k] *= np.exp(pushed * bits[g] * sign[at, k])


@njit(
    "void(complex64[:, :], int32[:, :], float32[:, :], float32[:], float32[:], float32[:], int64)",
    fastmath=True,
)
def _listen(
    spectra: NDArray[np.complex64],
    group: NDArray[np.int32],
    sign: NDArray[np.float32],
    bits: NDArray[np.float32],
    owed: NDArray[np.float32],
    level: NDArray[np.float32],
    first: int,
) -> None:
    """Measure frames of the marked sound and update what is owed to each bit."""
    bins = group.shape[1]
    contrast, weight = np.empty(bins, np.float32), np.empty(bins, np.float32)
    shape = np.empty(bins, np.float32)
    power = np.empty(spectra.shape[1], np.float32)
    for frame in range(len(spectra)):
        for k in range(len(power)):
            power[k] = spectra[frame, k].real ** 2 + spectra[frame, k].imag ** 2
        level[0] = next_level(power, level[0])
        contrasts(power, level[0], contrast, weight, shape)
        at = (first + frame) % PERIOD
        for g in range(len(bits)):
            owed[g] *= np.float32(RETAINED)
        for k in range(bins):
            g = group[at, k]
            owed[g] += AIM * weight[k] - bits[g] * sign[at, k] * contrast[k]


class Watermarker:
    """Marks one stream of 24 kHz samples; its output lags 21 ms behind its input.

    key: secret bytes; payload: 32 bits.
    Raises ValueError for a payload of more bits.
    """

    def __init__(self, key: bytes, payload: int) -> None:
        self._pattern = pattern(key)
        self._bits = np.concatenate([np.ones(SYNC_GROUPS), encode(payload)]).astype(np.float32)
        self._owed = np.zeros(GROUPS, np.float32)
        self._unheard = np.zeros((BLOCK + 1, GROUPS), np.float32)
        self._level, self._heard_level = np.zeros(1, np.float32), np.zeros(1, np.float32)
        self._frame = payload % PERIOD  # so that streams don't all begin alike
        self._waiting = np.zeros(
            HOP, np.float32
        )  # input short of a whole frame; starts with a hop of silence
        self._overlap = np.zeros(HOP, np.float32)
        self._last = np.zeros(HOP, np.float32)  # the last hop of output
        self._begun = False
        self._samples_in = self._samples_out = 0

    def mark(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mark the next samples; the last ones are held back until more come or `finish`."""
        self._samples_in += len(samples)
        marked = self._process(samples)
        self._samples_out += len(marked)
        return marked

    def finish(self) -> NDArray[np.float32]:
        """The samples held back."""
        left = self._samples_in - self._samples_out
        return self._process(np.zeros(2 * HOP, np.float32))[:left]

    def _process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self._waiting = np.concatenate([self._waiting, samples.astype(np.float32, copy=False)])
        frames = frames_of(self._waiting)
        self._waiting = self._waiting[len(frames) * HOP :]
        blocks = [self._block(frames[at : at + BLOCK]) for at in range(0, len(frames), BLOCK)]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)

    def _block(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        used, bits = self._pattern, self._bits
        unheard = 1 if self._begun else 0  # the last frame of the block before
        spectra = scipy.fft.rfft(frames, axis=1)
        _push(
            spectra, used.group, used.sign, bits, self._owed, self._unheard, unheard,
            self._level, self._frame,
        )  # fmt: skip
        rendered: NDArray[np.float32] = scipy.fft.irfft(spectra, n=WINDOW, axis=1) * ROOT_HANN
        out = rendered[:, :HOP].copy()
        out[0] += self._overlap
        out[1:] += rendered[:-1, HOP:]
        self._overlap = rendered[-1, HOP:]
        whole = out.reshape(-1)
        output = np.concatenate([self._last, whole]) if self._begun else whole
        _listen(
            scipy.fft.rfft(frames_of(output), axis=1), used.group, used.sign, bits, self._owed,
            self._heard_level, (self._frame - unheard) % PERIOD,
        )  # fmt: skip
        self._unheard[0] = self._unheard[unheard + len(frames) - 1]
        self._last = whole[-HOP:]
        self._frame = (self._frame + len(frames)) % PERIOD
        if not self._begun:
            self._begun = True
            return whole[HOP:]  # the silence before the first sample
        return whole


def watermark(samples: NDArray[np.float32], key: bytes, payload: int) -> NDArray[np.float32]:
    """Mark a whole clip; its length stays the same."""
    marker = Watermarker(key, payload)
    return np.concatenate([marker.mark(samples), marker.finish()])
