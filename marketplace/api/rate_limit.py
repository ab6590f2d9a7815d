"""The limit on requests per minute for each API key, reported in every response."""

from __future__ import annotations

from django.conf import settings

from marketplace.licensing.models import ApiKey
from marketplace.licensing.plans import plan_of
from marketplace.rate_limit import count


def count_request(key: ApiKey) -> dict[str, str]:
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
