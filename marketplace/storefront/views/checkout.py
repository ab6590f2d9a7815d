"""Buying a licence."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import User
from marketplace.licensing import coupon_guesses, orders, standing_renewals
from marketplace.licensing.models import Order
from marketplace.listings import prices
from marketplace.listings.queries import public_offer
from marketplace.payouts.incoming import checkout
from marketplace.refusals import (
    PaymentMismatch,
    PaymentProviderUnavailable,
    ProviderRefused,
    Refused,
)
from marketplace.storefront.chosen_currency import currency_of
from marketplace.storefront.views.requests import chosen_organization
from marketplace.storefront.views.sign_in_first import sign_in_first


@sign_in_first
@require_POST
def buy(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the order and send the buyer to pay."""
    assert isinstance(request.user, User)
    offer = public_offer(slug, request.POST.get("tier", ""))
    if offer is None:
        raise Http404
    words, coupon = "", request.POST.get("coupon", "")
    seen_in = request.POST.get("currency", "")[:3]
    price = prices.shown(offer, seen_in or currency_of(request))
    if "renews" in request.POST:
        words = standing_renewals.words_for(price, offer.term_months)
    try:
        with coupon_guesses.limited(
            code=coupon, person=request.user, address=str(request.META.get("REMOTE_ADDR", ""))
        ):
            order = orders.place_order(
                buyer=request.user,
                offer=offer,
                organization=chosen_organization(request),
                currency=seen_in or price.currency,
                renewal_words=words,
                coupon=coupon,
            )
        return HttpResponseRedirect(checkout.begin_checkout(order=order))
    except (Refused, ProviderRefused) as refusal:
        messages.error(request, str(refusal))
    except PaymentProviderUnavailable:
        messages.error(
            request,
            "The payment page can't be reached. Nothing was charged; try again in a minute.",
        )
    return redirect("storefront:voice", slug=slug)


@sign_in_first
@require_GET
def return_from_payment(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Back from payment: show the licence, or wait for the provider's confirmation."""
    order = get_object_or_404(Order, public_id=public_id, buyer=request.user)
    try:
        licence = checkout.confirm_payment(order=order)
    except PaymentProviderUnavailable:
        licence = None
    except PaymentMismatch:
        return render(request, "storefront/payment_mismatch.html", {"order": order}, status=409)
    order.refresh_from_db()
    if order.state == Order.State.TOO_LATE:
        return render(request, "storefront/payment_too_late.html", {"order": order}, status=409)
    if licence is None:
        return render(request, "storefront/payment_pending.html", {"order": order}, status=202)
    return redirect("storefront:licence", public_id=licence.public_id)
