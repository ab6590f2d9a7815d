"""Exclusive licences: asking for a quote, and answering."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.licensing import quotes as services
from marketplace.licensing import terms_text
from marketplace.licensing.models import Licence, Quote
from marketplace.listings.models import Listing
from marketplace.listings.queries import listing_on_sale
from marketplace.money import Money
from marketplace.payouts.incoming import checkout as payments
from marketplace.refusals import (
    InvalidTransition,
    PaymentProviderUnavailable,
    ProviderRefused,
    Refused,
)
from marketplace.storefront.chosen_currency import currency_of
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.creators_only import creator_of
from marketplace.storefront.views.requests import chosen_organization, signed_in_user, text_of
from marketplace.storefront.views.sign_in_first import sign_in_first


@dataclass(frozen=True)
class Asked:
    """A request as its buyer sees it: the licence that was paid for, and, while it can be, the terms in words."""

    quote: Quote
    licence: Licence | None
    wording: dict[str, terms_text.Lines] | None


def _terms_of(quote: Quote) -> dict[str, terms_text.Lines] | None:
    offered = quote.state in (Quote.State.OFFERED, Quote.State.ACCEPTED)
    if not offered or quote.listing.state != Listing.State.LIVE:
        return None
    try:
        return terms_text.for_page(services.terms_of(quote))
    except Refused:  # the speaker took out its last use
        return None


@sign_in_first
@never_cache
@require_GET
def quotes(request: HttpRequest) -> HttpResponse:
    """The quotes one asked for, and those one is asked for."""
    rows = Quote.objects.select_related(
        "listing__voice__creator", "listing__version", "organization", "buyer", "offer"
    ).defer(
        "listing__version__embedding",
        "listing__version__report",
        "listing__words",
        "listing__search_text",
    )
    own = list(rows.filter(organization__memberships__user=request.user.pk))
    licences = services.licences_of(own)
    return render(
        request,
        "storefront/quotes.html",
        {
            "asked": [Asked(quote, licences.get(quote.pk), _terms_of(quote)) for quote in own],
            "received": rows.filter(listing__voice__creator__user=request.user.pk),
            "sells": creator_of(request) is not None,
        },
    )


@sign_in_first
@require_POST
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for an exclusive licence."""
    listing = listing_on_sale(slug)
    if listing is None:
        raise Http404
    try:
        services.ask(
            listing=listing,
            organization=chosen_organization(request),
            message=text_of(request, "message"),
            currency=currency_of(request),
            by=signed_in_user(request),
        )
        messages.success(
            request,
            gettext("The creator has your request. You get the answer by e-mail and see it here."),
        )
        return redirect("storefront:quotes")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:voice", slug=slug)


@sign_in_first
@require_POST
def answer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Offer a price, decline or accept, depending on one's role."""
    user = signed_in_user(request)
    quote = get_object_or_404(
        Quote.objects.filter(
            Q(organization__memberships__user=user) | Q(listing__voice__creator__user=user)
        ).distinct(),
        public_id=public_id,
    )
    try:
        if "accept" in request.POST:
            order = services.accept(quote=quote, by=user)
            return HttpResponseRedirect(payments.begin_checkout(order=order))
        if "decline" not in request.POST:
            return _offer(request, quote)
        services.decline(quote=quote, by=user)
    except (Refused, InvalidTransition, PaymentProviderUnavailable, ProviderRefused) as problem:
        messages.error(request, str(problem))
    return redirect("storefront:quotes")


@authenticate_again
def _offer(request: HttpRequest, quote: Quote) -> HttpResponse:
    """Offer what the form says: for the voice alone, for as long as ten years."""
    try:
        services.offer(
            quote=quote,
            price_minor=Money.parse(request.POST.get("price", ""), quote.currency).minor,
            characters=int(request.POST.get("characters", "")),
            term_months=int(request.POST.get("term_months", "12")),
            by=signed_in_user(request),
        )
    except ValueError:
        messages.error(
            request, gettext("Write the price as 1500.00 and the characters as a number.")
        )
    return redirect("storefront:quotes")
