"""The public page of a creator."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from marketplace.consent.queries import in_force_of
from marketplace.consent.vetting import vetting_of
from marketplace.creators.models import Creator
from marketplace.licensing.queries import licences_sold_of
from marketplace.listings.queries import on_sale
from marketplace.profiles import following
from marketplace.profiles.biographies import biography_of
from marketplace.reviews.queries import rating_of, reviews_of_creator
from marketplace.storefront.views.cards import card_context
from marketplace.storefront.views.requests import signed_in_user
from marketplace.storefront.views.share_images import shared_creator
from marketplace.voices.models import Voice

A_PAGE = 24
REVIEWS = 5  # the latest
NOBODY = gettext_lazy("No person has this voice, so nobody had to consent.")


def creator_page(creator: Creator) -> str:
    """The address of a creator's page; the name in it is for people, and may change."""
    name = slugify(creator.display_name) or "creator"
    return reverse("storefront:creator", args=[creator.pk, name])


@require_safe
def creator(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A creator with something on sale: their voices, and how consent was given for each."""
    theirs = Paginator(on_sale().filter(voice__creator=pk).order_by("-published_at", "-pk"), A_PAGE)
    page = theirs.get_page(request.GET.get("page"))
    listings = list(page)
    if not listings:
        raise Http404
    found: Creator = listings[0].voice.creator
    if request.path != creator_page(found):
        return redirect(creator_page(found), permanent=True)
    return render(
        request,
        "storefront/creator.html",
        {
            "creator": found,
            "canonical": creator_page(found),
            "page": page,
            "listings": listings,
            "spoken": sorted({each.voice.get_language_display() for each in listings}),
            "consents": _how_given([each.voice for each in listings]),
            "sold": licences_sold_of(found),
            "biography": biography_of(found),
            **_said_by_others(request, found),
            **shared_creator(listings, theirs.count),
            **card_context(request),
        },
    )


def _said_by_others(request: HttpRequest, creator: Creator) -> dict[str, Any]:
    """What licensees say of a creator's voices, and whether a member follows them."""
    is_member = request.user.is_authenticated
    own = is_member and signed_in_user(request).pk == creator.user_id
    return {
        "rating": rating_of(creator),
        "reviews": reviews_of_creator(creator)[:REVIEWS],
        "own_page": own,
        "follows": is_member and not own and following.follows(signed_in_user(request), creator),
    }


def _how_given(voices: list[Voice]) -> list[tuple[Voice, StrOrPromise]]:
    """How consent was given for each voice, in words."""
    words = {key: vetting_of(consent).words for key, consent in in_force_of(voices).items()}
    return [(voice, NOBODY if voice.synthetic else words.get(voice.pk, "")) for voice in voices]
