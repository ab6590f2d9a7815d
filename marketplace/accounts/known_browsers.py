"""Browsers in which somebody has signed in: wrong passwords that others try elsewhere don't shut them out there."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import get_random_string

from marketplace.accounts.models import User

COOKIE = "signed_in_before"
_KEPT = timedelta(days=365)


def remember(user: User, response: HttpResponseBase) -> None:
    """Have the browser of somebody who has just signed in keep a name of its own."""
    response.set_signed_cookie(
        COOKIE,
        f"{user.pk}.{get_random_string(22)}",
        salt=COOKIE,
        max_age=int(_KEPT.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def name_of(request: HttpRequest, email: str) -> str:
    """The name of the browser if whoever has this address signed in there last; else empty."""
    name = request.get_signed_cookie(COOKIE, "", salt=COOKIE, max_age=_KEPT)
    if not name:
        return ""
    address = Q(email__iexact=email) | Q(
        emailaddress__email__iexact=email, emailaddress__verified=True
    )
    known = User.objects.filter(address, pk=name.partition(".")[0])
    return name if known.exists() else ""
