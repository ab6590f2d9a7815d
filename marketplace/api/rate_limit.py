"""The limit on requests per minute for each API key, reported in every response."""

from __future__ import annotations

from django.conf import settings

from marketplace.licensing.models import ApiKey, Licence
from marketplace.licensing.plans import plan_of
from marketplace.rate_limit import count


def count_request(key: ApiKey) -> dict[str, str]:
    """Count a key's request; returns the RateLimit headers.

    Raises:
        SpeechRefused: rate_limited (429).
    """
    limit = _limit_of(key)
    left, seconds = count(f"key:{key.pk}", limit)
    return {
        "RateLimit-Policy": f'"key";q={limit};w=60',
        "RateLimit": f'"key";r={left};t={seconds}',
    }


def _limit_of(key: ApiKey) -> int:
    """The operator's limit for who has a licence, the plan's for who has a plan: the larger of both.

    Without either, the free plan's.
    """
    limit = plan_of(key.organization).requests
    if key.organization.licences.exclude(state__in=Licence.ENDED).exists():
        limit = max(limit, settings.API_REQUESTS_PER_MINUTE)
    return limit
