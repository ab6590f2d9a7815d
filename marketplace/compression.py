"""Pages go out compressed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.decorators import async_only_middleware
from django.utils.text import compress_string

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]
_KINDS = ("text/html", "application/xml", "text/plain")
_WORTH_IT = 500  # bytes
_ACCEPTED = re.compile(r"\bgzip\b")
_PADDING = (
    100  # random bytes at most, against reading secrets off the length (Heal the BREACH, 2022)
)


@async_only_middleware
def compress(get_response: Respond) -> Respond:
    """Compress an answer that is whole and made of text; audio, and what is streamed, goes out as it is."""

    async def respond(request: HttpRequest) -> HttpResponse:
        response = await get_response(request)
        if _is_text(response):
            patch_vary_headers(response, ("Accept-Encoding",))
            if _ACCEPTED.search(request.headers.get("Accept-Encoding", "")):
                _compress(response)
        return response

    return respond


def _is_text(response: HttpResponse) -> bool:
    return (
        not response.streaming
        and not response.has_header("Content-Encoding")
        and response.headers.get("Content-Type", "").startswith(_KINDS)
        and len(response.content) >= _WORTH_IT
    )


def _compress(response: HttpResponse) -> None:
    small = compress_string(response.content, max_random_bytes=_PADDING)
    if len(small) >= len(response.content):
        return
    response.content = small
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(small))
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        response.headers["ETag"] = f"W/{etag}"  # the same page, other bytes (RFC 9110, 8.8.1)
