"""Views that need a signed-in user: a visitor's request is stored and confirmed after signing in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from marketplace.storefront import intent_words, intents
from marketplace.storefront.views import errors

P = ParamSpec("P")


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def sign_in_first(view: View[P]) -> View[P]:
    """Redirect a visitor to sign in, and from there back to what they asked for.

    A form that they sent is stored, and waits at `go_on` for one more click: signing in alone does
    nothing. The decorator goes outside `require_POST`, so that visitors reach it first.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            if request.method == "POST":
                intents.forget_when_done(request)
            return view(request, *args, **kwargs)
        if request.headers.get("Accept") == "application/json":
            detail = gettext("You are signed out. Sign in in another tab, then try again here.")
            return JsonResponse({"code": "signed_out", "detail": detail}, status=401)
        if request.method == "POST" and intent_words.describes_form(request):
            if intents.keep(request):
                return redirect_to_login(reverse("storefront:go-on"))
            return redirect_to_login(errors.page_above(request.path) or "/")
        return redirect_to_login(request.get_full_path())

    return cast(View[P], guarded)  # `wraps` hides that the request is positional


@sign_in_first
@never_cache
@require_GET
def go_on(request: HttpRequest) -> HttpResponse:
    """Describe the request made before signing in, with the button that carries it out."""
    intent = intents.pending(request)
    if intent is None:
        return render(request, "storefront/nothing_waits.html", status=410)
    if intent_words.is_on_its_page(intent):
        return redirect(intent.address)
    return render(
        request,
        "storefront/go_on.html",
        {
            "intent": intent,
            "words": intent_words.words_for(intent),
            "entered": intent_words.entries_of(intent),
            "back": intent.came_from or errors.page_above(intent.address) or "/",
        },
    )
