"""A page where Django would answer 405 with an empty body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from marketplace.storefront.views import errors


class MethodNotAllowedMiddleware:
    """Replace the empty responses of `require_POST`, `require_GET` and the like."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        response = await self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = await sync_to_async(errors.method_not_allowed)(request)
        page["Allow"] = response["Allow"]
        return page
