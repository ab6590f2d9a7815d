"""Splits a payload into messages of 16 bits sent in turn, for marks that carry no more at a time.

Four slots hold the payload and a keyed tag of 32 bits (truncated HMAC-SHA256), so that only marks
embedded with the key are accepted: sixteen tries per clip match a tag by chance once in 2.7e8 clips.
"""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
from numpy.typing import NDArray

SLOTS = 4
BITS = 16  # per message
PARTS = 4  # parts per slot, the resolution of the search for its beginning
_BYTES = SLOTS * BITS // 8


def _word(payload: int, key: bytes) -> bytes:
    sent = payload.to_bytes(4, "big")
    return sent + hmac.new(key, sent, hashlib.sha256).digest()[: _BYTES - 4]


def messages(payload: int, key: bytes) -> NDArray[np.int64]:
    """The bits [SLOTS, BITS] of each slot in turn.

    Raises:
        ValueError: the payload has more than 32 bits.
    """
    if not 0 <= payload < 1 << 32:
        raise ValueError("A payload has 32 bits.")
    bits = np.unpackbits(np.frombuffer(_word(payload, key), np.uint8))
    return bits.reshape(SLOTS, BITS).astype(np.int64)


def read(soft: NDArray[np.float32], key: bytes) -> int | None:
    """The payload in soft bits [BITS, parts], positive for a one, wherever a slot begins.

    None if no tag matches, or if there are fewer than `SLOTS` whole slots.
    """
    for begin in range(PARTS):
        slots = (soft.shape[1] - begin) // PARTS
        if slots < SLOTS:
            return None
        whole = soft[:, begin : begin + slots * PARTS].reshape(BITS, slots, PARTS).sum(2)
        sums = np.stack([whole[:, first::SLOTS].sum(1) for first in range(SLOTS)])
        for turn in range(SLOTS):
            word = np.packbits(np.roll(sums, turn, axis=0).ravel() > 0).tobytes()
            payload = int.from_bytes(word[:4], "big")
            if hmac.compare_digest(word, _word(payload, key)):
                return payload
    return None
