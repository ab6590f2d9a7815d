"""The audible mark of unpaid speech: a short soft chime every few seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 24_000
EVERY, LENGTH = 4.0, 0.22  # seconds
NOTES = (1318.5, 1760.0)  # Hz
LEVEL = 0.08


def add_preview_mark(samples: NDArray[np.float32], offset: float) -> NDArray[np.float32]:
    """Mix the chime into samples [n] at 24 kHz that begin `offset` seconds into the speech.

    Its times depend on the whole speech, so they are the same however it is cut into chunks.
    """
    seconds = (np.arange(len(samples)) + round(offset * RATE)) % round(EVERY * RATE) / RATE
    shape = np.where(seconds < LENGTH, np.sin(np.pi * np.minimum(seconds / LENGTH, 1.0)) ** 2, 0.0)
    chime = sum(np.sin(2 * np.pi * note * seconds) for note in NOTES) / len(NOTES)
    mixed = samples * (1 - LEVEL) + LEVEL * shape * chime
    return np.asarray(mixed, np.float32)
