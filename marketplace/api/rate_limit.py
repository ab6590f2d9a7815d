"""Requests a minute for each API key, counted in the cache and told in every answer."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache

from marketplace.licensing.access import SpeechRefused
from marketplace.licensing.models import ApiKey
from marketplace.licensing.plans import plan_of


def spend(key: ApiKey) -> dict[str, str]:
    """Count a request; returns the RateLimit headers.

    Raises:
        SpeechRefused: rate_limited (429).
    """
    limit = max(settings.API_REQUESTS_PER_MINUTE, plan_of(key.organization).requests)
    window, second = divmod(int(time.time()), 60)
    name = f"rate:{key.pk}:{window}"
    cache.add(name, 0, timeout=120)
    count = cache.incr(name)
    if count > limit:
        raise SpeechRefused(
            429, "rate_limited", f"More than {limit} requests a minute. Wait {60 - second} s."
        )
    return {
        "RateLimit-Policy": f'"key";q={limit};w=60',
        "RateLimit": f'"key";r={limit - count};t={60 - second}',
    }
