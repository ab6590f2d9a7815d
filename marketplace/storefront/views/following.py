"""Following creators, and stopping the letters about their new voices."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.creators.models import Creator
from marketplace.letters.kinds import Kind
from marketplace.listings.queries import on_sale
from marketplace.profiles import following
from marketplace.profiles.following import has_turned_off
from marketplace.storefront import account_changes
from marketplace.storefront.views.creators import creator_page
from marketplace.storefront.views.requests import attempt, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first

_WITH = gettext_lazy(
    "You follow %(creator)s. When a new voice of theirs goes on sale, you get an e-mail."
)
_WITHOUT = gettext_lazy(
    "You follow %(creator)s. You turned e-mails about new voices off; turn them on again in your account."
)


@sign_in_first
@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a creator with something on sale, or with `off` no more."""
    user, creator = signed_in_user(request), get_object_or_404(Creator, pk=pk)
    if request.POST.get("off"):
        following.unfollow(user=user, creator=creator)
        has_page = "listed" not in request.POST and _has_page(creator)
        return redirect(creator_page(creator) if has_page else "storefront:shortlist")
    if not _has_page(creator):
        raise Http404
    return attempt(
        request,
        lambda: following.follow(user=user, creator=creator),
        back=creator_page(creator),
        done=(_WITHOUT if has_turned_off(user) else _WITH) % {"creator": creator},
    )


def _has_page(creator: Creator) -> bool:
    """Whether the public may read a creator's name: they have something on sale."""
    return on_sale().filter(voice__creator=creator).exists()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_letters(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the letters to whoever has this link should stop; POST stops them."""
    user = following.whose_token(token)
    if user is None:
        raise Http404
    if request.method == "POST":
        account_changes.stop_letters(user=user, kind=Kind.NEW_VOICES)
        messages.success(request, gettext("You get no more e-mails about new voices."))
        return redirect("storefront:home")
    return render(request, "storefront/stop_letters.html")
