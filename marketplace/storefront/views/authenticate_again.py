"""Steps that move money, approve voices or open data ask again who is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.accounts.reauthentication import recently_authenticated
from marketplace.storefront import intent_words, intents
from marketplace.storefront.views import errors
from marketplace.storefront.views.sign_in_first import P, View

MARK = "asks_again"  # on every view that asks, for a test that walks them


def authenticate_again(view: View[P]) -> View[P]:
    """Ask for password, passkey or second factor unless that was minutes ago.

    A form is kept, as it is by `sign_in_first`, and waits at `go_on` for one more click. The
    decorator goes inside `require_POST`, so that only a request that would act is asked.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs) if recently_authenticated(request) else _ask(request)

    setattr(guarded, MARK, True)
    return cast(View[P], guarded)  # `wraps` hides that the request is positional


def changes_ask_again(admin_view: Callable[..., Any]) -> Callable[..., Any]:
    """Django's `AdminSite.admin_view`, so that whatever is sent in the admin asks, but signing out."""

    def wrapped(view: Callable[..., Any], cacheable: bool = False) -> Any:
        asking = authenticate_again(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            match = request.resolver_match
            leaving = match is not None and match.url_name == "logout"
            act = asking if request.method == "POST" and not leaving else view
            return cast(HttpResponse, act(request, *args, **kwargs))

        return admin_view(guarded, cacheable)

    return wrapped


def _ask(request: HttpRequest) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        detail = gettext("Sign in again in another tab, then try again here.")
        return JsonResponse({"code": "authenticate_again", "detail": detail}, status=401)
    ways = get_adapter().get_reauthentication_methods(request.user)
    page = ways[0]["url"] if ways else reverse("account_reset_password")
    return redirect(f"{page}?{urlencode({'next': _afterwards(request)})}")


def _afterwards(request: HttpRequest) -> str:
    if request.method != "POST":
        return request.get_full_path()
    if intent_words.describes_form(request) and intents.keep(request):
        return reverse("storefront:go-on")
    match = request.resolver_match
    if match is not None and match.namespace == "admin":
        return request.get_full_path()  # the page that holds the form has its address
    return errors.page_above(request.path) or "/"
