"""Buying: an order with frozen terms, a payment, then exactly one licence."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, personal_organization, require
from marketplace.compliance import audit
from marketplace.licensing import exclusivity, licence_letters, renewals, terms
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Offer
from marketplace.listings.queries import on_sale
from marketplace.refusals import Refused


def place_order(*, buyer: User, offer: Offer, organization: Organization | None = None) -> Order:
    """Place a buyer's order, for themselves or a team, at the price shown.

    Raises:
        Refused: not_on_sale, own_voice, not_a_member, role_too_small.
    """
    listing = on_sale().filter(pk=offer.listing_id).first()
    if listing is None:
        raise Refused("not_on_sale", "This voice is no longer on sale.")
    organization = organization or personal_organization(buyer)
    require(buyer, organization, Right.BUY)
    creator = listing.voice.creator
    if organization.memberships.filter(user=creator.user_id).exists():
        raise Refused("own_voice", "You can't buy a licence for your own voice.")
    with transaction.atomic():
        order = Order.objects.create(
            buyer=buyer,
            organization=organization,
            offer=offer,
            voice_version=listing.version,
            price_minor=offer.price_minor,
            currency=offer.currency,
            commission_bps=settings.COMMISSION_BPS,
            terms=terms.of_offer(offer, organization),
        )
        audit.record(actor=buyer, action="order.placed", subject=order)
    return order


def attach_checkout(*, order: Order, session_id: str) -> None:
    """Record which checkout session pays for an order."""
    Order.objects.filter(pk=order.pk).update(checkout_session=session_id)


def cancel_order(*, order: Order) -> Order:
    """Cancel an order that nobody paid in time; a paid order is unchanged."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.state == Order.State.PENDING:
            order.transition(Order.State.CANCELLED)
            audit.record(actor=None, action="order.cancelled", subject=order)
    return order


def fulfil_order(*, order_id: int, payment_intent: str) -> Licence:
    """Turn a paid order into its licence; a repeat returns the same licence.

    The caller has asked the payment provider, and posts the sale in the same transaction. An
    order whose checkout expired but was paid is fulfilled, because the money has arrived.
    """
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(of=("self",))
            .select_related("offer__listing__voice")
            .get(pk=order_id)
        )
        if order.state == Order.State.PAID:
            return order.granted
        now = timezone.now()
        order.payment_intent, order.paid_at = payment_intent, now
        order.save(update_fields=["payment_intent", "paid_at"])
        order.transition(Order.State.PAID)
        if order.kind != Order.Kind.NEW:
            return renewals.apply_order(order)
        licence = Licence.objects.create(
            number=f"TL-{now:%Y}-{order.pk:06d}",
            order=order,
            buyer_id=order.buyer_id,
            organization_id=order.organization_id,
            voice=order.offer.listing.voice,
            voice_version_id=order.voice_version_id,
            terms=order.terms,
            terms_sha256=terms.digest(order.terms),
            characters_included=order.terms["characters"],
            starts_at=now,
            ends_at=months_later(now, order.terms["term_months"]),
        )
        audit.record(
            actor=order.buyer, action="licence.granted", subject=licence, number=licence.number
        )
        exclusivity.follow_licence(licence)
        licence_letters.tell(licence, "granted")
    return licence
