"""What every page knows."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """The platform's name, and whether payments are a sandbox."""
    return {
        "platform_name": settings.PLATFORM_NAME,
        "payment_sandbox": settings.PAYMENT_SANDBOX,
        "base_url": settings.BASE_URL,
    }
