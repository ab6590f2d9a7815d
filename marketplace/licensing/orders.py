"""Ordering: at the price shown, with terms frozen until they are paid for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import (
    Right,
    personal_organization,
    require,
    require_personal,
)
from marketplace.compliance import audit
from marketplace.consent.queries import consented_until
from marketplace.licensing import coupons, terms
from marketplace.licensing.models import Order, Quote
from marketplace.listings import alike
from marketplace.listings.models import Listing, Offer
from marketplace.listings.queries import on_sale
from marketplace.money import Money
from marketplace.refusals import Refused

TIME_TO_PAY = timedelta(minutes=10)  # left on a payment page that is shown again


def place_order(
    *,
    buyer: User,
    offer: Offer,
    organization: Organization | None = None,
    currency: str = "",
    renewal_words: str = "",
    coupon: str = "",
) -> Order:
    """Place a buyer's order, for themselves or a team, at the price shown.

    A second click finds the order of the first, as long as its payment page is open.
    currency: that of the price which they saw; empty: the offer's own.
    renewal_words: what they agreed to so that the licence renews by itself; else empty. coupon: the
    code that they typed.

    Raises:
        Refused: not_on_sale, sold_exclusively, same_voice_on_sale, own_voice, private_offer, currency,
            not_a_member, role_too_small, team_card, consent_ends, and what `coupons.redeem` refuses.
    """
    organization = organization or personal_organization(buyer)
    if renewal_words:
        require_personal(organization)
    with transaction.atomic():
        listing, offer = lock_offer(offer)  # two clicks at once make one order
        assert listing.version is not None  # on sale, so it was reviewed
        _require_may_buy(buyer, organization, offer, listing)
        price = _price_of(offer, currency or offer.currency)
        until = consented_until(listing.voice)
        frozen = terms.of_offer(offer, organization, price, until=until)
        terms.require_within_consent(until, offer.term_months)
        used, off = None, 0
        if coupon.strip():
            used, off = coupons.redeem(
                code=coupon, offer=offer, price=price, organization=organization, buyer=buyer
            )
        order = _open_order(
            buyer, organization, offer, frozen, price_minor=price.minor, currency=price.currency,
            renewal_words=renewal_words, coupon=used, discount_minor=off,
        )  # fmt: skip
        if order is not None:
            return order
        order = Order.objects.create(
            buyer=buyer,
            organization=organization,
            offer=offer,
            voice_version=listing.version,
            price_minor=price.minor,
            currency=price.currency,
            commission_bps=settings.COMMISSION_BPS,
            terms=frozen,
            renewal_words=renewal_words,
            coupon=used,
            discount_minor=off,
        )
        audit.record(actor=buyer, action="order.placed", subject=order)
    return order


def lock_offer(offer: Offer) -> tuple[Listing, Offer]:
    """What is sold and by which offer, as both are now: what their creator changes next waits.

    In the caller's transaction.

    Raises:
        Refused: not_on_sale, sold_exclusively, same_voice_on_sale.
    """
    Listing.objects.select_for_update(no_key=True).get(pk=offer.listing_id)
    listing = on_sale().filter(pk=offer.listing_id).first()
    if listing is None:
        raise Refused("not_on_sale", gettext("This voice is no longer on sale."))
    offers = Offer.objects.select_related("listing__voice__creator", "listing__version")
    now = offers.filter(pk=offer.pk, withdrawn=False).first()
    if now is None:
        raise Refused("not_on_sale", gettext("This licence is no longer on sale."))
    if now.tier == Offer.Tier.EXCLUSIVE:
        alike.require_only_one(listing)
    else:
        alike.require_free(listing)
    return listing, now


def _require_may_buy(
    buyer: User, organization: Organization, offer: Offer, listing: Listing
) -> None:
    require(buyer, organization, Right.BUY)
    creator = listing.voice.creator
    if organization.memberships.filter(user=creator.user_id).exists():
        raise Refused("own_voice", gettext("You can't buy a licence for your own voice."))
    if offer.tier == Offer.Tier.EXCLUSIVE and not _is_offered_to(organization, offer):
        raise Refused(
            "private_offer",
            gettext("An exclusive licence is offered to one buyer. Ask the creator for it."),
        )


def _price_of(offer: Offer, currency: str) -> Money:
    """A locked offer's price in a currency."""
    price = offer.price_in(currency)
    if price is None:
        raise Refused(
            "currency",
            gettext("This licence is not sold in %(currency)s any more. Look at its price again.")
            % {"currency": currency},
        )
    return price


def _is_offered_to(organization: Organization, offer: Offer) -> bool:
    return Quote.objects.filter(
        offer=offer, organization=organization, state=Quote.State.ACCEPTED
    ).exists()


def _open_order(
    buyer: User,
    organization: Organization,
    offer: Offer,
    frozen: dict[str, object],
    **wishes: Any,
) -> Order | None:
    orders = Order.objects.filter(
        state=Order.State.PENDING,
        kind=Order.Kind.NEW,
        buyer=buyer,
        organization=organization,
        offer=offer,
        commission_bps=settings.COMMISSION_BPS,
        terms=frozen,
        **wishes,
    )
    latest = orders.order_by("-id").first()
    return latest if latest is not None and is_payable(latest) else None


def is_payable(order: Order) -> bool:
    """Whether the payment page of a pending order may be shown again."""
    return order.payable_until - timezone.now() > TIME_TO_PAY


def attach_checkout(*, order: Order, session_id: str) -> None:
    """Record which checkout session pays for an order."""
    Order.objects.filter(pk=order.pk).update(checkout_session=session_id)


def cancel_order(*, order: Order) -> Order:
    """Cancel an order that nobody paid in time; a paid order is unchanged."""
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if order.state == Order.State.PENDING:
            order.transition(Order.State.CANCELLED)
            audit.record(actor=None, action="order.cancelled", subject=order)
    return order
