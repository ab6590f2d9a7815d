"""What every page knows."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from marketplace.money import Money


def site(request: HttpRequest) -> dict[str, object]:
    """The platform's name, and whether payments are a sandbox."""
    return {
        "platform_name": settings.PLATFORM_NAME,
        "payment_sandbox": settings.PAYMENT_SANDBOX,
        "base_url": settings.BASE_URL,
        "hold_days": settings.HOLD_DAYS,
        "hold_days_new": settings.HOLD_DAYS_NEW_CREATOR,
        "payout_minimum": Money(settings.PAYOUT_MINIMUM_MINOR, settings.CURRENCY),
    }
