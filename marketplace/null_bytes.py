"""Refuse requests whose address or form holds a NUL, which no text in the database can hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

from marketplace.api.addresses import API
from marketplace.api.problems import problem

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]


_NO_FORMS = (*API, "/webhooks/")  # bodies that views read themselves
_DETAIL = "A request can't hold a NUL character."


@async_only_middleware
def refuse_null_bytes(get_response: Respond) -> Respond:
    """Answer 400 before any view looks up such a text."""

    async def respond(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            if not request.path.startswith(API):
                raise BadRequest(_DETAIL)
            return problem(request, 400, "null_character", _DETAIL)
        return await get_response(request)

    return respond


@async_only_middleware
def refuse_null_bytes_in_forms(get_response: Respond) -> Respond:
    """Answer 400 to a page's form before any view stores such a text."""

    def holds_one(request: HttpRequest) -> bool:
        return any("\0" in value for _, values in request.POST.lists() for value in values)

    async def respond(request: HttpRequest) -> HttpResponse:
        form = request.method == "POST" and not request.path.startswith(_NO_FORMS)
        if form and await sync_to_async(holds_one)(request):
            raise BadRequest(_DETAIL)
        return await get_response(request)

    return respond
