"""The domain of the mark: log magnitudes relative to their neighbours.

A bin's weight depends on how far it is above a floor below the recent level, so that noise and
coding artefacts in inaudible bins have no effect.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from synthesis.watermark.pattern import HOP, MIN_BIN, WINDOW

FLOOR = 10**-3.5  # of the mean power of the voice's band
LEVEL_TO = 160  # bin at which that band ends (3.75 kHz, which every telephone transmits)
LEVEL_KEPT = 0.97  # decay of the running level per frame
NEIGHBOURS = 11  # bins at each side with which a bin is compared
CLIP = 0.9  # limit of a log magnitude relative to its neighbours
ROOT_HANN = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def frames_of(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Windowed frames [n, WINDOW] of samples, WINDOW - HOP overlapping."""
    count = max(0, (len(samples) - WINDOW) // HOP + 1)
    view = np.lib.stride_tricks.as_strided(
        samples, (count, WINDOW), (samples.strides[0] * HOP, samples.strides[0]), writeable=False
    )
    return np.asarray(view * ROOT_HANN, np.float32)


@njit("float32(float32[:], float32)", fastmath=True)
def next_level(power: NDArray[np.float32], level: np.float32) -> np.float32:
    """The running level after a frame's power [WINDOW / 2 + 1]."""
    total = np.float32(0.0)
    for k in range(MIN_BIN, LEVEL_TO):
        total += power[k]
    now = total / np.float32(LEVEL_TO - MIN_BIN)
    if now > level:
        return np.float32(now)
    return np.float32(LEVEL_KEPT * level + (1 - LEVEL_KEPT) * now)


@njit("void(float32[:], float32, float32[:], float32[:], float32[:])", fastmath=True)
def contrasts(
    power: NDArray[np.float32],
    level: np.float32,
    contrast: NDArray[np.float32],
    weight: NDArray[np.float32],
    shape: NDArray[np.float32],
) -> None:
    """Write a frame's log magnitudes relative to their neighbours into `contrast`; arrays are [BINS].

    shape: how far each may be changed relative to the others; weight: how much of a change `contrast` shows.
    """
    bins = len(contrast)
    floor = np.float32(FLOOR * level + 1e-12)
    loud = np.float32(level + 1e-12)  # above this level, a bin is changed less
    total = bins + 2 * NEIGHBOURS
    logs = np.empty(total, np.float32)
    for j in range(total):
        logs[j] = np.float32(0.5) * np.log(power[MIN_BIN - NEIGHBOURS + j] + floor)
    span = 2 * NEIGHBOURS + 1
    running = np.float32(0.0)
    for j in range(span):
        running += logs[j]
    for k in range(bins):
        value = logs[k + NEIGHBOURS] - running / span
        at = power[MIN_BIN + k]
        free = np.float32(1.0) / (np.float32(1.0) + at / loud) ** 2
        contrast[k] = free * min(max(value, -CLIP), CLIP)
        shape[k] = free
        weight[k] = free * at / (at + floor)
        if k + 1 < bins:
            running += logs[k + span] - logs[k]


@njit("void(float32[:, :], float32[:, :])", fastmath=True)
def all_contrasts(power: NDArray[np.float32], contrast: NDArray[np.float32]) -> None:
    """`contrasts` of every frame of [frames, WINDOW / 2 + 1] into [frames, BINS]."""
    weight, shape = np.empty(contrast.shape[1], np.float32), np.empty(contrast.shape[1], np.float32)
    level = np.float32(0.0)
    for frame in range(len(power)):
        level = next_level(power[frame], level)
        contrasts(power[frame], level, contrast[frame], weight, shape)
