"""The choices at the foot of every page: language and currency."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from marketplace.storefront import chosen_currency, chosen_language


@require_POST
def choose_currency(request: HttpRequest) -> HttpResponse:
    """Show prices in another currency from now on, and go back to the page."""
    response = redirect(_back(request))
    chosen_currency.choose(request, response, request.POST.get("currency", ""))
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Show pages in another language from now on, and go back to the page."""
    response = redirect(_back(request))
    chosen_language.choose(request, response, request.POST.get("language", ""))
    return response


def _back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        return "/"
    return back
