"""Requests per minute under a name, counted in the cache."""

from __future__ import annotations

import time

from django.core.cache import cache

from marketplace.refusals import SpeechRefused


def count(name: str, limit: int) -> tuple[int, int]:
    """Count a request in this minute; returns (requests left, seconds to the next minute).

    Raises:
        SpeechRefused: rate_limited (429).
    """
    window, second = divmod(int(time.time()), 60)
    cache_key = f"rate:{name}:{window}"
    cache.add(cache_key, 0, timeout=120)
    left = limit - cache.incr(cache_key)
    if left < 0:
        raise SpeechRefused(
            429, "rate_limited", f"More than {limit} requests per minute. Wait {60 - second} s."
        )
    return left, 60 - second
