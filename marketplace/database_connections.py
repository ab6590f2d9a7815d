"""Give a request's database connection back before its answer is sent.

Django closes it once the last byte is with the client: whoever asks and does not read would keep
a connection for ever, and the database has few.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]


@async_only_middleware
def give_back(get_response: Respond) -> Respond:
    """Close what the request's thread has open, as at the end of a request."""

    async def respond(request: HttpRequest) -> HttpResponse:
        response = await get_response(request)
        await sync_to_async(give_back_now)()
        return response

    return respond


def give_back_now() -> None:
    """Close what this thread has open, outside a transaction; its next query opens another."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
