"""Answers that pages of other sites may read (CORS): of the origins that a key names, never with cookies.

A preflight can't say whose key will follow, so it is answered for every origin that any usable key
names; the request itself is refused unless its own key does (`licensing.key_origins`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.decorators import async_only_middleware

from marketplace.api.addresses import API
from marketplace.licensing import key_origins

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]

REMEMBERED = "600"  # seconds for which a browser keeps the answer to a preflight
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_HEADER_NAMES = re.compile(r"[A-Za-z0-9-]{1,60}( ?, ?[A-Za-z0-9-]{1,60}){0,40}")
READABLE = (
    "Timbre-Rights, Timbre-Notice, Timbre-Ignored, Timbre-Generations, X-Licence, X-Generation-Id, X-AI-Generated, "
    "Character-Cost, Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, "
    "request-id, Link, Content-Disposition"
)


@async_only_middleware
def share_with_pages(get_response: Respond) -> Respond:
    """Tell browsers whether the page that asks may read the answer."""

    async def respond(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return await get_response(request)
        origin = request.headers.get("Origin", "")
        known = bool(origin) and await sync_to_async(key_origins.is_known)(origin)
        if _is_preflight(request):
            response = _permission(request) if known else HttpResponse(status=204)
        else:
            response = await get_response(request)
        patch_vary_headers(response, ["Origin"])
        if known:
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = READABLE
        return response

    return respond


def _is_preflight(request: HttpRequest) -> bool:
    asked = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
    return request.method == "OPTIONS" and asked


def _permission(request: HttpRequest) -> HttpResponse:
    wanted = request.headers.get("Access-Control-Request-Headers", "").strip()
    headers = {"Access-Control-Allow-Methods": METHODS, "Access-Control-Max-Age": REMEMBERED}
    if _HEADER_NAMES.fullmatch(wanted):
        headers["Access-Control-Allow-Headers"] = wanted
    return HttpResponse(status=204, headers=headers)


def asking_page(request: HttpRequest) -> str:
    """The origin of the foreign page that sends a request; empty if none does, or one of ours."""
    origin = str(request.headers.get("Origin", ""))
    return "" if origin == f"{request.scheme}://{request.get_host()}" else origin
