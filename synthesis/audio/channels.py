"""What is heard of a recording with several channels: their mean, one of them, or nothing for certain.

A file can hold one speaker for the ears and another for whoever takes the mean: of left = A + V and right = V - A
each ear hears A, and the mean is V. Such channels cancel one another in their mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SILENT = 1e-3  # of the loudest channel's energy (-30 dB): a channel with less is a dead one
QUIET = 1e-4  # of the loudest second's energy (-40 dB): seconds with less aren't looked at
# Of the channels' energy, over their number, what their mean has at least. Channels that have nothing in common
# have 1; two microphones a hand apart have 0.4 and more; -10 dB of one speaker under another that cancels has 0.2.
LEFT = 0.2
CANCELLED = 2.0  # seconds that cancel from which a recording does (half of a shorter one)
ALIKE = 0.99  # squared correlation from which a channel is another's copy: 20 dB above what differs


@dataclass(frozen=True)
class Choice:
    """weights [channels]: of the sum that is heard; cancelled: whether the channels are a mixture that cancels,
    of which only the loudest is taken.
    """

    weights: NDArray[np.float32]
    cancelled: bool = False


class Agreement:
    """How the channels of a recording agree, second by second, gathered while it is decoded."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._seconds: list[NDArray[np.float64]] = []  # products of each channel with each
        self._sum, self._count = np.zeros((1, 1)), 0
        self.peak = 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        """Count the next samples [n, channels]."""
        wide = samples.astype(np.float64)
        self._sum = self._sum + wide.T @ wide
        self._count += len(samples)
        self.peak = max(self.peak, float(np.abs(samples).max(initial=0.0)))
        if self._count >= self._rate:
            self._end_second()

    def _end_second(self) -> None:
        self._seconds.append(self._sum)
        self._sum, self._count = np.zeros_like(self._sum), 0

    def choice(self) -> Choice:
        """What is to be heard of all that was counted."""
        if self._count or not self._seconds:
            self._end_second()
        seconds = np.stack(self._seconds)
        total = seconds.sum(0)
        energy = np.diagonal(total)
        live = energy > SILENT * energy.max()
        if live.sum() < 2:
            return self._one(int(energy.argmax())) if live.any() else self._mean(~live)
        if not _cancels(seconds[:, live][:, :, live]):
            return self._mean(live)
        loudest = int(energy.argmax())
        common = total[loudest, live] ** 2 / (energy[loudest] * energy[live])
        return self._one(loudest, cancelled=bool(common.min() < ALIKE))

    def _mean(self, live: NDArray[np.bool_]) -> Choice:
        return Choice((live / live.sum()).astype(np.float32))

    def _one(self, channel: int, *, cancelled: bool = False) -> Choice:
        weights = np.zeros(len(self._sum), np.float32)
        weights[channel] = 1.0
        return Choice(weights, cancelled)


def _cancels(seconds: NDArray[np.float64]) -> bool:
    """Whether channels cancel, of whose products [seconds, channels, channels] these are the sums."""
    channels = seconds.shape[1]
    each = np.trace(seconds, axis1=1, axis2=2) / channels
    together = seconds.sum((1, 2)) / channels**2
    heard = each > QUIET * each.max()
    cancelled = heard & (together < LEFT / channels * each)
    return bool(int(cancelled.sum()) >= min(CANCELLED, max(1.0, heard.sum() / 2)))
