"""The choice of a currency, at the foot of every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from marketplace.storefront import chosen_currency


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Show prices in another currency from now on, and go back to the page."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = "/"
    response = redirect(back)
    chosen_currency.choose(request, response, request.POST.get("currency", ""))
    return response
