"""Buying: an order with frozen terms, a payment, then exactly one licence."""

from __future__ import annotations

import calendar
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Offer
from marketplace.listings.queries import on_sale
from marketplace.refusals import Refused

TERMS_VERSION = "2026-11"


def months_later(start: datetime, months: int) -> datetime:
    """The same day and time `months` later, the month's last day where it has no such day."""
    index = start.month - 1 + months
    year, month = start.year + index // 12, index % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day)


def _terms(offer: Offer) -> dict[str, Any]:
    """What is sold, as data: frozen on the order, copied to the licence."""
    listing, voice = offer.listing, offer.listing.voice
    return {
        "version": TERMS_VERSION,
        "voice": voice.slug,
        "voice_name": voice.name,
        "synthetic": voice.synthetic,
        "creator": voice.creator.display_name,
        "tier": offer.tier,
        "uses": list(listing.uses),
        "forbidden": [
            "training of models",
            "impersonating a person",
            "fraud",
            "sexual content with minors",
        ],
        "characters": offer.characters,
        "term_months": offer.term_months,
        "price_minor": offer.price_minor,
        "currency": offer.currency,
        "outputs_after_term": "audio made in the term may stay in use",
    }


def place_order(*, buyer: User, offer: Offer) -> Order:
    """Take down what a buyer wants at the price shown.

    Raises:
        Refused: not_on_sale, own_voice.
    """
    listing = on_sale().filter(pk=offer.listing_id).first()
    if listing is None:
        raise Refused("not_on_sale", "This voice is not on sale any more.")
    if listing.voice.creator.user_id == buyer.pk:
        raise Refused("own_voice", "You can't buy a licence for your own voice.")
    with transaction.atomic():
        order = Order.objects.create(
            buyer=buyer,
            offer=offer,
            voice_version=listing.version,
            price_minor=offer.price_minor,
            currency=offer.currency,
            commission_bps=settings.COMMISSION_BPS,
            terms=_terms(offer),
        )
        audit.record(actor=buyer, action="order.placed", subject=order)
    return order


def attach_checkout(*, order: Order, session_id: str) -> None:
    """Remember which checkout session pays for an order."""
    Order.objects.filter(pk=order.pk).update(checkout_session=session_id)


def fulfil_order(*, order_id: int, payment_intent: str) -> Licence:
    """Turn a paid order into its licence; a repeat returns the same licence.

    The caller has asked the payment provider, and posts the sale in the same transaction.
    """
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(of=("self",))
            .select_related("offer__listing__voice")
            .get(pk=order_id)
        )
        if order.state == Order.State.PAID:
            return order.licence
        now = timezone.now()
        order.payment_intent, order.paid_at = payment_intent, now
        order.save(update_fields=["payment_intent", "paid_at"])
        order.transition(Order.State.PAID, allowed_from={Order.State.PENDING})
        licence = Licence.objects.create(
            number=f"TL-{now:%Y}-{order.pk:06d}",
            order=order,
            buyer_id=order.buyer_id,
            voice=order.offer.listing.voice,
            voice_version_id=order.voice_version_id,
            terms=order.terms,
            characters_included=order.terms["characters"],
            starts_at=now,
            ends_at=months_later(now, order.terms["term_months"]),
        )
        audit.record(
            actor=order.buyer, action="licence.granted", subject=licence, number=licence.number
        )
    return licence
