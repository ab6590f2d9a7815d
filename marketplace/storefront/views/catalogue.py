"""What a visitor sees: the front page, the voices, one voice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.consent.queries import consent_in_force
from marketplace.consent.vetting import vetting_of
from marketplace.licensing import plans
from marketplace.licensing.models import Licence
from marketplace.licensing.queries import licences_visible_to
from marketplace.licensing.terms import forbidden_uses
from marketplace.listings import prices
from marketplace.listings.queries import (
    cards,
    listing_on_sale,
    listings_called,
    listings_like,
    on_sale,
)
from marketplace.listings.search import Filters, Found, counts_on_sale, find
from marketplace.storefront.chosen_currency import currency_of
from marketplace.storefront.filter_form import FilterForm
from marketplace.storefront.queries import demo_progress
from marketplace.storefront.spoken_time import AN_HOUR
from marketplace.storefront.tiers import compared
from marketplace.storefront.views.cards import MOST_COMPARED, card_context
from marketplace.storefront.views.creators import creator_page
from marketplace.storefront.views.requests import signed_in_user, use_choices
from marketplace.storefront.views.reviews import reviews_of
from marketplace.storefront.views.share_images import shared_voice
from marketplace.voices.models import Voice

FORMATS_HEARD = ("mp3", "wav", "flac", "opus", "aac")  # that browsers play; PCM has no header
MOST_SUGGESTED = 20  # voices of the reader's licences
A_PAGE = 24
FEW = 10  # voices on sale, below which the front page names no number
HEARD_FIRST = 3  # voices beside the first words of the front page


def home(request: HttpRequest) -> HttpResponse:
    """The front page: a few voices to hear at once."""
    newest = list(on_sale().order_by("-published_at")[: HEARD_FIRST + 6])
    count, spoken = counts_on_sale()
    return render(
        request,
        "storefront/home.html",
        {
            "first": newest[:HEARD_FIRST],
            "listings": newest[HEARD_FIRST:],
            "count": count,
            "few": FEW,
            "spoken": spoken,
            "demo": demo_progress(),
            **card_context(request),
            "plans": [
                (plan, round(plan.price_minor * AN_HOUR / plan.characters), settings.CURRENCY)
                for plan in (plans.BASIC, plans.PRO)
            ],
        },
    )


class _Counted(Paginator[Any]):
    """Pages of what was counted already."""

    def __init__(self, found: Found) -> None:
        super().__init__(found.keys, A_PAGE)
        self.count = found.total

    def get_page(self, number: Any) -> Page[Any]:
        page = super().get_page(number)
        page.object_list = cards(page.object_list)
        return page


def voices(request: HttpRequest) -> HttpResponse:
    """Browse and search; `like` orders by similarity to a voice."""
    like = request.GET.get("like", "")
    similar_to = listing_on_sale(like) if like else None
    if similar_to is not None:
        alike = Paginator(listings_like(similar_to, limit=A_PAGE), A_PAGE).get_page(1)
        return render(
            request,
            "storefront/voices.html",
            {
                "form": FilterForm(),
                "page": alike,
                "similar_to": similar_to,
                **card_context(request),
            },
        )
    form = FilterForm(request.GET or None)
    filters = form.filters(currency_of(request)) if form.is_bound else Filters()
    found = find(replace(filters, reads=get_language() or "", nearly=True))
    page = _Counted(found).get_page(request.GET.get("page"))
    chosen = [(words, _without(request, name)) for name, words in form.chosen()]
    form.show_counts(found.counts)
    return render(
        request,
        "storefront/voices.html",
        {
            "form": form,
            "found": found,
            "heard_use": filters.use,
            "chosen": chosen,
            "page": page,
            "fits": found.total - found.near - page.start_index() + 1,  # so many on this page
            "query": _without(request, "page"),
            "demo": demo_progress(),
            **card_context(request),
        },
    )


def _without(request: HttpRequest, name: str) -> str:
    """The query of a request without one of its fields, on its first page."""
    query = request.GET.copy()
    for field in {name, "page"}:
        query.pop(field, None)
    return query.urlencode()


def voice(request: HttpRequest, slug: str) -> HttpResponse:
    """One voice: clips, terms, offers, similar voices."""
    listing = listing_on_sale(slug)
    if listing is None:
        raise Http404
    consent = None if listing.voice.synthetic else consent_in_force(listing.voice)
    return render(
        request,
        "storefront/voice.html",
        {
            "owned": _owned(request, listing.voice),
            "buys_for": _buys_for(request),
            "tiers": compared(
                (
                    (offer, prices.shown(offer, currency_of(request)))
                    for offer in listing.offers.all()
                ),
                listing.voice.language,
            ),
            "creator_page": creator_page(listing.voice.creator),
            "others": on_sale().filter(voice__creator=listing.voice.creator_id).count() - 1,
            "listing": listing,
            "voice": listing.voice,
            "version": listing.version,
            "similar": listings_like(listing, limit=3),
            "forbidden": forbidden_uses(listing.uses),
            "vetting": vetting_of(consent) if consent else None,
            "consent_ends": consent.ends_at if consent else None,
            **reviews_of(request, listing.voice),
            **shared_voice(listing),
            **card_context(request),
        },
    )


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Up to four voices side by side, which say the same line."""
    asked = list(dict.fromkeys(request.GET.getlist("voice")))
    slugs = asked[:MOST_COMPARED]
    listings = listings_called(slugs)
    context = {
        "listings": listings,
        "compared": [
            (each, urlencode({"voice": [s for s in slugs if s != each.voice.slug]}, doseq=True))
            for each in listings
        ],
        "gone": len(slugs) - len(listings),
        "more": len(asked) > MOST_COMPARED,
        **card_context(request),
    }
    return render(request, "storefront/compare.html", context)


def _buys_for(request: HttpRequest) -> list[Organization]:
    """For which organizations a member may ask and buy."""
    if not request.user.is_authenticated:
        return []
    user = signed_in_user(request)
    return [each for each in organizations_of(user) if may(user, each, Right.BUY)]


def _owned(request: HttpRequest, voice: Voice) -> Iterable[Licence]:
    """The licences of a voice that a member and their teams have."""
    if not request.user.is_authenticated:
        return []
    theirs = licences_visible_to(signed_in_user(request)).filter(voice=voice)
    return theirs.exclude(state__in=Licence.ENDED)


def api_guide(request: HttpRequest) -> HttpResponse:
    """How to call the API, with a console: the reader's own voices are suggested in it."""
    first = on_sale().select_related("voice").order_by("-published_at").first()
    callable_voices = [first.voice.slug] if first else []
    if request.user.is_authenticated:
        theirs = licences_visible_to(signed_in_user(request)).exclude(state__in=Licence.ENDED)
        callable_voices = [
            licence.voice.slug for licence in theirs[:MOST_SUGGESTED]
        ] or callable_voices
    context = {
        "listing": first, "formats_heard": FORMATS_HEARD, "uses_to_say": use_choices()["ordinary_uses"],
        "voices_to_call": list(dict.fromkeys(callable_voices)),
    }  # fmt: skip
    return render(request, "storefront/api_guide.html", context)
