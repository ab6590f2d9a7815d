"""The limits on requests per minute: of each API key, reported in every response, and of all together."""

from __future__ import annotations

from django.conf import settings

from marketplace.licensing.api_keys import MAX_KEYS
from marketplace.licensing.models import ApiKey, Licence
from marketplace.licensing.plans import paying_plan
from marketplace.rate_limit import count


def count_request(key: ApiKey) -> dict[str, str]:
    """Count a key's request; returns the RateLimit headers.

    All keys of an organization together have the requests of as many as it may have, so that a key
    in an overlap, or one that was made anew, brings no more.

    Raises:
        SpeechRefused: rate_limited (429).
    """
    plan = paying_plan(key.organization)
    limit, keys = plan.requests, plan.keys
    if key.organization.licences.exclude(state__in=Licence.ENDED).exists():
        limit, keys = max(limit, settings.API_REQUESTS_PER_MINUTE), MAX_KEYS
    left, seconds = count(f"key:{key.pk}", limit)
    all_left, _ = count(f"organization:{key.organization_id}", keys * limit)
    left = min(left, all_left)
    return {
        "RateLimit-Policy": f'"key";q={limit};w=60',
        "RateLimit": f'"key";r={left};t={seconds}',
    }
