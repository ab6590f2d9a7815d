"""Pages have one address in development, so that nobody signs in at one and comes back to another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import async_only_middleware

from marketplace.api.addresses import API

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]
NOT_PAGES = (
    *API,
    "/openapi.json",
    "/webhooks/",
    "/healthz",
    "/status.json",
    "/static/",
    "/metrics",
)


@async_only_middleware
def lead_to_the_name(get_response: Respond) -> Respond:
    """Lead pages that are asked for at 127.0.0.1 to localhost, if that is the site's address.

    Passkeys exist for names alone, and a payment returns to the site's address.
    """
    site = urlsplit(settings.BASE_URL)
    in_numbers = f"127.0.0.1:{site.port or 80}" if site.hostname == "localhost" else ""

    async def respond(request: HttpRequest) -> HttpResponse:
        if (
            in_numbers
            and request.method == "GET"
            and request.headers.get("Host") == in_numbers
            and not request.path.startswith(NOT_PAGES)
        ):
            return HttpResponseRedirect(settings.BASE_URL + request.get_full_path())
        return await get_response(request)

    return respond
