"""Notes, after each answer, that a session was used."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

from marketplace.accounts.models import User
from marketplace.accounts.sessions import note_use

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]
_log = logging.getLogger(__name__)


@async_only_middleware
def note_sessions(get_response: Respond) -> Respond:
    """Note who used a session and from where, if the answer depended on it."""

    async def respond(request: HttpRequest) -> HttpResponse:
        response = await get_response(request)
        if request.session.accessed and request.session.session_key:
            await sync_to_async(_note)(request)
        return response

    return respond


def _note(request: HttpRequest) -> None:
    key = request.session.session_key
    if not key or not isinstance(request.user, User):
        return
    try:
        note_use(
            user=request.user,
            session_key=key,
            user_agent=request.headers.get("User-Agent", ""),
            address=str(request.META.get("REMOTE_ADDR", "")),
        )
    except Exception:  # what was asked for is done: a note that failed must not say otherwise
        _log.exception("session not noted")
