"""Requests a minute for each API key, counted in the cache and told in every answer."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache

from marketplace.licensing.access import SpeechRefused
from marketplace.licensing.models import ApiKey
from marketplace.licensing.plans import plan_of


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


def spend(key: ApiKey) -> dict[str, str]:
    """Count a key's request; returns the RateLimit headers.

    Raises:
        SpeechRefused: rate_limited (429).
    """
    limit = max(settings.API_REQUESTS_PER_MINUTE, plan_of(key.organization).requests)
    left, seconds = count(f"key:{key.pk}", limit)
    return {
        "RateLimit-Policy": f'"key";q={limit};w=60',
        "RateLimit": f'"key";r={left};t={seconds}',
    }
