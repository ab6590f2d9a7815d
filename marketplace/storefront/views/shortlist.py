"""A visitor's shortlist: kept with their account, or in their browser until they have one."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from marketplace.listings import shortlists
from marketplace.listings.queries import listings_called
from marketplace.profiles.following import followed_by, has_turned_off
from marketplace.storefront.views.cards import card_context
from marketplace.storefront.views.creators import creator_page
from marketplace.storefront.views.requests import attempt, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first


@require_http_methods(["GET", "HEAD", "POST"])
def shortlist(request: HttpRequest) -> HttpResponseBase:
    """The voices on it; POST saves voices, or with `off` takes them off it."""
    if request.method == "POST":
        return _change(request)
    context = card_context(request)
    if not request.user.is_authenticated:
        asked = list(dict.fromkeys(request.GET.getlist("voice")))
        context["saved"] = asked[: shortlists.MOST]
    listings = listings_called(context["saved"])
    context |= {"listings": listings, "gone": len(context["saved"]) - len(listings)}
    if request.user.is_authenticated:
        user = signed_in_user(request)
        context["followed"] = [
            (each, creator_page(each.creator) if each.has_page else "")
            for each in followed_by(user)
        ]
        context["told_by_letter"] = not has_turned_off(user)
    return render(request, "storefront/shortlist.html", context)


@sign_in_first
def _change(request: HttpRequest) -> HttpResponseBase:
    slugs = request.POST.getlist("voice")
    act = shortlists.remove if request.POST.get("off") else shortlists.save
    return attempt(
        request,
        lambda: act(user=signed_in_user(request), slugs=slugs),
        back=reverse("storefront:shortlist"),
    )
