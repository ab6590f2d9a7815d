"""How long something keeps a processor, judged by the machine's pace."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

_SUMMED = 2_000_000
_AT_REST = 0.1  # seconds that the sum takes where nothing else runs


def pace() -> float:
    """How much slower this machine is now than an idle one: beside others a processor does less."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        sum(number % 7 for number in range(_SUMMED))
        taken.append(time.process_time() - begun)
    return max(1.0, max(taken) / _AT_REST)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What happens here takes fewer seconds of a processor at rest."""
    gc.disable()  # looking through all that other tests left takes a second of its own
    try:
        begun = time.process_time()
        yield
        spent = time.process_time() - begun
    finally:
        gc.enable()
    assert spent < seconds or spent < seconds * pace()
