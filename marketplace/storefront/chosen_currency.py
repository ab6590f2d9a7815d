"""In which currency prices are shown to a visitor: as they chose, else as their browser's language suggests."""

from __future__ import annotations

import re

from babel.core import get_global
from babel.numbers import get_territory_currencies
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from marketplace.accounts.models import User
from marketplace.currencies import sold_in

COOKIE = "currency"
_YEAR = 365 * 24 * 60 * 60  # seconds
_LANGUAGE = re.compile(r"\s*([a-z]{2,3})(?:-[a-z]{4})?(?:-([a-z]{2}))?\b", re.IGNORECASE)


def currency_of(request: HttpRequest) -> str:
    """The currency of the prices that a visitor sees: always one that licences are sold in."""
    user = getattr(request, "user", None)  # none where a form was refused before anybody was known
    on_account = user.currency if isinstance(user, User) else ""
    for chosen in (on_account, request.COOKIES.get(COOKIE, "")):
        if chosen in sold_in():
            return chosen
    suggested = _of_language(request.headers.get("Accept-Language", ""))
    return suggested if suggested in sold_in() else settings.CURRENCY


def _of_language(header: str) -> str:
    """The currency of the country of the first language that a browser asks for; "" if it names none."""
    found = _LANGUAGE.match(header[:100])
    if found is None:
        return ""
    language, country = found.group(1).lower(), (found.group(2) or "").upper()
    if not country and language != "en":  # English alone is what browsers of every country send
        country = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    used = get_territory_currencies(country) if country else []
    return used[0] if used else ""


def choose(request: HttpRequest, response: HttpResponse, currency: str) -> None:
    """Remember what a visitor chose: in their browser, and on their account if they are signed in."""
    if currency not in sold_in():
        return
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(currency=currency)
    response.set_cookie(
        COOKIE,
        currency,
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
