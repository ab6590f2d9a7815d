"""Addresses of the API as clients put them together: a base with a slash, a path with another."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]

API = ("/v1/", "/v2/")
_SLASHES = re.compile(r"/{2,}")


def plain_path(path: str) -> str:
    """A path of the API without doubled slashes and without a last one; any other path as it is.

    >>> plain_path("//v1//audio/speech/")
    '/v1/audio/speech'
    >>> plain_path("/v1")
    '/v1/'
    >>> plain_path("/voices/")
    '/voices/'
    """
    single = _SLASHES.sub("/", path)
    if f"{single}/" in API:
        return f"{single}/"
    if not single.startswith(API):
        return path
    return single if single in API else single.rstrip("/")


@async_only_middleware
def take_slashes(get_response: Respond) -> Respond:
    """Answer at once what others would redirect, because a redirected POST loses its body."""

    async def respond(request: HttpRequest) -> HttpResponse:
        plain = plain_path(request.path_info)
        if plain != request.path_info:
            request.path = request.path.removesuffix(request.path_info) + plain
            request.path_info = plain
        return await get_response(request)

    return respond
