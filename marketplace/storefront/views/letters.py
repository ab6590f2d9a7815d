"""Letters stored without a mail server, for people who run this on their own machine."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from marketplace.letters import folder

PASSED_ON = (  # set by a proxy, whose own address says nothing
    "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
)  # fmt: skip


def may_read(request: HttpRequest) -> bool:
    """Whether letters are stored here and the request is from this machine or from a superuser.

    Staff read none: links in them open other people's accounts.
    """
    if not settings.LETTERS_FOLDER:
        return False
    user = getattr(request, "user", None)  # missing if an early middleware failed
    return _from_this_machine(request) or (user is not None and user.is_superuser)


def _from_this_machine(request: HttpRequest) -> bool:
    if any(name in request.headers for name in PASSED_ON):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _require_reader(request: HttpRequest) -> None:
    if not may_read(request):
        raise Http404("E-mails are not stored here, or you may not read them.")


@never_cache
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    """Every letter, the newest first."""
    _require_reader(request)
    return render(request, "storefront/letters.html", {"letters": folder.stored_letters()})


@never_cache
@require_GET
def letter(request: HttpRequest, name: str) -> HttpResponse:
    """One letter, with clickable links."""
    _require_reader(request)
    shown = folder.letter(name)
    if shown is None:
        raise Http404("There is no such letter.")
    return render(request, "storefront/letter.html", {"letter": shown})
