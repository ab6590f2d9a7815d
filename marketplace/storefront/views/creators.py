"""The public page of a creator."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from marketplace.consent.queries import consent_in_force
from marketplace.consent.vetting import vetting_of
from marketplace.creators.models import Creator
from marketplace.licensing.queries import licences_sold_of
from marketplace.listings.models import Listing
from marketplace.listings.queries import on_sale
from marketplace.trials.lines import LONGEST


def creator_page(creator: Creator) -> str:
    """The address of a creator's page; the name in it is for people, and may change."""
    name = slugify(creator.display_name) or "creator"
    return reverse("storefront:creator", args=[creator.pk, name])


@require_safe
def creator(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A creator with something on sale: their voices, and how consent was given for each."""
    listings = list(on_sale().filter(voice__creator=pk).order_by("-published_at"))
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
            "listings": listings,
            "languages": sorted({each.voice.get_language_display() for each in listings}),
            "consents": [(each.voice, _how(each)) for each in listings],
            "sold": licences_sold_of(found),
            "longest": LONGEST,
        },
    )


def _how(listing: Listing) -> str:
    if listing.voice.synthetic:
        return "No person has this voice, so nobody had to consent."
    consent = consent_in_force(listing.voice)
    return str(vetting_of(consent).words) if consent else ""
