"""Content-Security-Policy and Permissions-Policy on every page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]

POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; font-src 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)


@async_only_middleware
def content_security(get_response: Respond) -> Respond:
    """Scripts, styles and media from this site only; forms lead here or to the payment pages."""

    async def respond(request: HttpRequest) -> HttpResponse:
        response = await get_response(request)
        response.setdefault("Content-Security-Policy", f"{POLICY} {settings.PAYMENT_PAGES}")
        response.setdefault("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
        return response

    return respond
