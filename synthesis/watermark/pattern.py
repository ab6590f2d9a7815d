"""Which bin carries which bit at which time and with which sign, derived from the key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthesis.watermark.coding import CODED_BITS

RATE = 24_000
WINDOW = 1024
HOP = 512
MIN_BIN, MAX_BIN = 12, 320  # bins of 23.4 Hz: 281 Hz to 7.5 kHz
BINS = MAX_BIN - MIN_BIN
PERIOD = 96  # frames until the pattern repeats: 2.05 s
SYNC_GROUPS = 24  # known bits, which locate the mark
SYNC_SHARE = 0.2  # of the bins
WIDE, HOLD = 2, 4  # bins and frames that share a sign
GROUPS = SYNC_GROUPS + CODED_BITS


@dataclass(frozen=True)
class Pattern:
    """group, sign: [PERIOD, BINS]; the bits of groups below SYNC_GROUPS are known to be 1."""

    group: NDArray[np.int32]
    sign: NDArray[np.float32]


@lru_cache(maxsize=4)
def pattern(key: bytes) -> Pattern:
    """The pattern of a key: every frame gives each group its share of bins, placed at random."""
    seed = int.from_bytes(hashlib.sha256(b"watermark pattern" + key).digest(), "big")
    random = np.random.Generator(np.random.Philox(seed & ((1 << 128) - 1)))
    chips, turns = BINS // WIDE, PERIOD // HOLD
    known = round(chips * SYNC_SHARE)
    group = np.empty((turns, chips), np.int32)
    for turn in range(turns):
        sync = (np.arange(known) + turn * known) % SYNC_GROUPS
        data = SYNC_GROUPS + (np.arange(chips - known) + turn * (chips - known)) % CODED_BITS
        group[turn] = random.permutation(np.concatenate([sync, data]))
    sign = random.choice(np.array([-1.0, 1.0], np.float32), size=(turns, chips))
    return Pattern(_spread(group).astype(np.int32), _spread(sign).astype(np.float32))


def _spread(chips: NDArray[Any]) -> NDArray[Any]:
    return chips.repeat(HOLD, 0).repeat(WIDE, 1)
