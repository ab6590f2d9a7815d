"""A page where Django would answer 405 with an empty body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.decorators import async_only_middleware

from marketplace.storefront.views import errors

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]


@async_only_middleware
def answer_with_a_page(get_response: Respond) -> Respond:
    """Replace the empty responses of `require_POST`, `require_GET` and the like."""

    async def respond(request: HttpRequest) -> HttpResponse:
        response = await get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = await sync_to_async(errors.method_not_allowed)(request)
        page["Allow"] = response["Allow"]
        return page

    return respond
