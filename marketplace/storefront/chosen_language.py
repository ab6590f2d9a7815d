"""In which language pages speak to a visitor: as they chose, else as their browser asks.

The API, the admin and documents keep the site's own language; what programs read must not depend on a
header, and what people keep must not depend on who happened to ask. Letters are in the language of whoever
gets them (`marketplace/letters/languages.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.decorators import async_only_middleware

from marketplace.accounts.models import User

_YEAR = 365 * 24 * 60 * 60  # seconds
_NO_PAGES = ("/v1/", "/v2/", "/admin/", "/webhooks/", "/openapi.json", "/metrics", "/static/")
Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]


def language_of(request: HttpRequest) -> str:
    """The language of the pages that a visitor gets: always one that pages are written in.

    The browser's choice and not the account's decides, because a page must be told in some language
    while the database is away; signing in brings the account's choice into the browser.
    """
    return translation.get_language_from_request(request)


def choose(request: HttpRequest, response: HttpResponseBase, language: str) -> str:
    """Remember what a visitor chose: in their browser, and on their account if they are signed in.

    Returns: the language of pages from now on; the one in force where there are none in what was chosen.
    """
    if not _is_written(language):
        return language_of(request)
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=language)
    _remember(response, language)
    return language


def bring(user: User, response: HttpResponseBase) -> None:
    """Let a browser that somebody signs in with speak the language of their account."""
    if _is_written(user.language):
        _remember(response, user.language)


@async_only_middleware
def speak_the_readers_language(get_response: Respond) -> Respond:
    """Have the pages, and the messages shown on them, in the language of whoever reads them."""

    async def respond(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_NO_PAGES):
            return await get_response(request)
        language = language_of(request)
        with translation.override(language):
            response = await get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            response.headers.setdefault("Content-Language", language)
        return response

    return respond


def _is_written(language: str) -> bool:
    return language in dict(settings.LANGUAGES)


def _remember(response: HttpResponseBase, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
