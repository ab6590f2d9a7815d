"""Requests a minute under a name, counted in the cache."""

from __future__ import annotations

import time

from django.core.cache import cache

from marketplace.refusals import SpeechRefused


def count(name: str, limit: int) -> tuple[int, int]:
    """Count a request of this minute; returns (how many are left, seconds to the next minute).

    Raises:
        SpeechRefused: rate_limited (429).
    """
    window, second = divmod(int(time.time()), 60)
    kept = f"rate:{name}:{window}"
    cache.add(kept, 0, timeout=120)
    left = limit - cache.incr(kept)
    if left < 0:
        raise SpeechRefused(
            429, "rate_limited", f"More than {limit} requests a minute. Wait {60 - second} s."
        )
    return left, 60 - second
