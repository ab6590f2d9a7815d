"""Refuse requests whose address or form holds what is no text, or more of it than people write.

A NUL, which no text in the database can hold; in forms also far too much at once, and a letter with more marks
than any script puts on one, because whatever normalizes such a text, be it a library that reads an address,
takes very long.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

from marketplace.api.addresses import API
from marketplace.api.problems import problem
from synthesis.text.marks import MAX_MARKS, has_few_marks

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]


_NO_FORMS = (*API, "/webhooks/")  # bodies that views read themselves
_DETAIL = "A request can't hold a NUL character."
_LARGEST = 256 * 1024  # characters of the texts of one form, at whatever address: each is looked at
_LARGE = (
    f"The texts of a form have at most {_LARGEST:,} characters. Put what is longer into a file."
)
_MARKED = f"A letter in the form has more than {MAX_MARKS} marks on it."


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
def refuse_unfit_forms(get_response: Respond) -> Respond:
    """Answer 400 to a page's form before any view stores or reads such a text."""

    def require_texts(request: HttpRequest) -> None:
        texts = [value for _, values in request.POST.lists() for value in values]
        if sum(map(len, texts)) > _LARGEST:
            raise BadRequest(_LARGE)
        for value in texts:
            if "\0" in value:
                raise BadRequest(_DETAIL)
            if not has_few_marks(value):
                raise BadRequest(_MARKED)

    async def respond(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and not request.path.startswith(_NO_FORMS):
            await sync_to_async(require_texts)(request)
        return await get_response(request)

    return respond
