"""Refuse requests whose address holds a NUL, which no text in the database can hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

from marketplace.api.problems import problem

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]


@async_only_middleware
def refuse_null_bytes(get_response: Respond) -> Respond:
    """Answer 400 before any view looks up such a text."""

    async def respond(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            detail = "An address can't hold a NUL character."
            if not request.path.startswith(("/v1/", "/v2/")):
                raise BadRequest(detail)
            return problem(request, 400, "null_character", detail)
        return await get_response(request)

    return respond
