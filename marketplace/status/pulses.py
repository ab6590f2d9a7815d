"""Signs of life of the workers: a message through each queue, and how long it waited for its turn.

A queue has one such message at a time, so that those of a queue without a worker don't pile up.
What is noted is kept in the cache, beside the queues themselves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.cache import cache

from marketplace.queue import Work, at_once

_FORGOTTEN = 3_600  # seconds after which a message that nobody answered is sent again


@dataclass(frozen=True)
class Pulse:
    """What is known of a queue. at: of the last sign of life; waits: seconds for which a message waits."""

    at: datetime | None
    waits: float


def send(queue: str) -> None:
    """Put a message into a queue, unless one waits there."""
    cache.add(_waiting(queue), time.time(), None)
    if cache.add(_sent(queue), 1, _FORGOTTEN):
        at_once(Work.NOTE_PULSE, queue, queue=queue)


def note(queue: str) -> None:
    """Note that a queue's message reached a worker."""
    now = time.time()
    sent = cache.get(_waiting(queue), now)
    cache.set(_last(queue), [now, max(0.0, now - float(sent))], None)
    cache.delete_many([_waiting(queue), _sent(queue)])


def pulse_of(queue: str) -> Pulse:
    """The last sign of life of a queue's workers, and how long a message waits there."""
    found = cache.get_many([_waiting(queue), _last(queue)])
    at, waited = found.get(_last(queue), (None, 0.0))
    sent = found.get(_waiting(queue))
    waits = waited if sent is None else max(waited, time.time() - float(sent))
    return Pulse(None if at is None else datetime.fromtimestamp(at, UTC), waits)


def _waiting(queue: str) -> str:
    return f"pulse-sent:{queue}"


def _sent(queue: str) -> str:
    return f"pulse-queued:{queue}"


def _last(queue: str) -> str:
    return f"pulse:{queue}"
