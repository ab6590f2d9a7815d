"""Refuse requests whose address holds a NUL, which no text in the database can hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from marketplace.api.problems import problem


class NullBytesMiddleware:
    """Answer 400 before any view looks up such a text."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            detail = "An address can't hold a NUL character."
            if not request.path.startswith(("/v1/", "/v2/")):
                raise BadRequest(detail)
            return problem(request, 400, "null_character", detail)
        return await self.get_response(request)
