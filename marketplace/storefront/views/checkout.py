"""Buying a licence: the order, the way to payment, and back from it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from marketplace.accounts.reauthentication import recently_authenticated
from marketplace.licensing import coupon_guesses, coupons, first_keys, orders, standing_renewals
from marketplace.licensing.models import Licence, Order
from marketplace.listings.queries import listing_on_sale, public_offer
from marketplace.payouts.incoming import checkout
from marketplace.refusals import (
    PaymentMismatch,
    PaymentProviderUnavailable,
    ProviderRefused,
    Refused,
)
from marketplace.storefront import shown_once
from marketplace.storefront.views import order_page
from marketplace.storefront.views.order_page import Draft
from marketplace.storefront.views.refused_pages import status_of, with_wait
from marketplace.storefront.views.requests import chosen_organization, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first

UNREACHABLE = gettext_lazy(
    "The payment page can't be reached. Nothing was charged; try again in a minute."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The order of a licence: for anybody to read, and for members to pay."""
    if request.method == "POST":
        return _take(request, slug)
    return order_page.page(request, order_page.begin(request, slug))


@sign_in_first
def _take(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the order and send the buyer to pay; a refusal is said on the page as it was filled in."""
    offer, listing = public_offer(slug, request.POST.get("tier", "")), listing_on_sale(slug)
    if offer is None:
        raise Http404
    if listing is None:
        messages.error(request, gettext("This voice is no longer on sale."))
        return redirect("storefront:voices")
    draft = order_page.sent(request, listing, offer)
    try:
        if "apply" in request.POST:
            _apply_coupon(request, draft)
            return order_page.page(request, draft)
        order_page.save_billing(request, draft)
        return HttpResponseRedirect(checkout.begin_checkout(order=_place(request, draft)))
    except (Refused, ProviderRefused) as refusal:
        draft.note(str(refusal), refusal.code)
        page = order_page.page(request, draft, status=status_of(refusal))
        return with_wait(page, coupon_guesses.AN_HOUR)
    except PaymentProviderUnavailable:
        draft.note(str(UNREACHABLE))
    return order_page.page(request, draft, status=422)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _apply_coupon(request: HttpRequest, draft: Draft) -> None:
    """Say what a code takes off; nothing is ordered by it."""
    if not draft.coupon:
        return
    user, organization = signed_in_user(request), chosen_organization(request)
    with (
        coupon_guesses.limited(code=draft.coupon, person=user, address=_address(request)),
        transaction.atomic(),
    ):
        _, draft.discount_minor = coupons.redeem(
            code=draft.coupon,
            offer=draft.offer,
            price=draft.price,
            organization=organization,
            buyer=user,
        )
    draft.applied = True


def _place(request: HttpRequest, draft: Draft) -> Order:
    user, offer = signed_in_user(request), draft.offer
    words = standing_renewals.words_for(draft.price, offer.term_months) if draft.renews else ""
    with coupon_guesses.limited(code=draft.coupon, person=user, address=_address(request)):
        return orders.place_order(
            buyer=user,
            offer=offer,
            organization=chosen_organization(request),
            currency=draft.currency,
            renewal_words=words,
            coupon=draft.coupon,
        )


@sign_in_first
@never_cache
@require_GET
def return_from_payment(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Back from payment: show what was bought, or wait for the provider's confirmation."""
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
    if order.kind != Order.Kind.NEW:
        return redirect("storefront:licence", public_id=licence.public_id)
    return _thank(request, order, licence)


def _thank(request: HttpRequest, order: Order, licence: Licence) -> HttpResponse:
    """Lead to the page that thanks, with the first key where somebody proved lately who they are."""
    page = reverse("storefront:thank-you", args=[order.public_id])
    if recently_authenticated(request):
        secret = first_keys.first_key(licence=licence, by=signed_in_user(request))
        if secret:
            shown_once.keep(request, secret, page=page)
    return redirect(page)
