"""Fulfilling: a paid order becomes exactly one licence, or is refunded because it came too late."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.compliance import audit
from marketplace.consent.queries import agreed, consented_until, may_speak
from marketplace.licensing import (
    bought,
    carried,
    coupons,
    exclusivity,
    licence_letters,
    lifecycle,
    renewal_rounds,
    renewals,
    terms,
)
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import Licence, Order, Quote
from marketplace.listings import alike
from marketplace.listings.models import Listing, Offer

WITHDRAWN = gettext_noop("The voice was withdrawn before the payment arrived.")
USE_TAKEN_OUT = gettext_noop(
    "The speaker took out a use that was ordered before the payment arrived."
)
BEYOND_CONSENT = gettext_noop("The speaker's consent ends before the term would that was ordered.")
OFF_SALE = gettext_noop("The voice was taken off sale before the payment arrived.")
SOLD_EXCLUSIVELY = gettext_noop(
    "The voice was licensed exclusively to somebody else before the payment arrived."
)
SOLD_TWICE = gettext_noop(
    "The same voice was on sale under another name too when the payment arrived, so it could be nobody's alone."
)
LICENCE_ENDED = gettext_noop("The licence ended for good before the payment arrived.")
ALREADY_CHANGED = gettext_noop("An earlier payment had already made this change to the licence.")
OFFER_TAKEN_BACK = gettext_noop(
    "The creator took the exclusive offer back before the payment arrived."
)
TAKEN_BACK = gettext_noop("The licence was taken back before the payment arrived.")
USED_UP = gettext_noop("More was spoken before the payment arrived than the new tier includes.")
GOES_BACK = gettext_noop(
    "An earlier payment, whose value the upgrade was to be paid with, was refunded or disputed before the "
    "payment arrived."
)
OTHER_TERMS = gettext_noop("The licence was moved to other terms before the payment arrived.")


def fulfil_order(*, order_id: int, payment_intent: str) -> Licence | None:
    """Turn a paid order into its licence; a repeat returns the same. None: it came too late.

    The caller has asked the payment provider, and posts the sale or the refund in the same
    transaction. An order whose checkout expired but was paid is fulfilled if it still can be.
    """
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(of=("self",), no_key=True)
            .select_related("offer__listing__voice")
            .get(pk=order_id)
        )
        if order.state in (Order.State.PAID, Order.State.TOO_LATE):
            return order.granted
        now = timezone.now()
        order.payment_intent, order.paid_at = payment_intent, now
        order.save(update_fields=["payment_intent", "paid_at"])
        problem = _why_too_late(order) or coupons.why_not_good(order)
        if problem:
            order.transition(Order.State.TOO_LATE)
            audit.record(actor=None, action="order.too_late", subject=order, problem=problem)
            renewal_rounds.close_overtaken(order)
            licence_letters.tell_too_late(order, problem)
            return None
        order.transition(Order.State.PAID)
        return _grant(order) if order.kind == Order.Kind.NEW else renewals.apply_order(order)


def _why_too_late(order: Order) -> str:
    """Why what was paid for can't be granted any more; empty if it can.

    Locks the listing and the licence to be changed, so that of two payments one comes first.
    """
    listing = Listing.objects.select_for_update(no_key=True).get(pk=order.offer.listing_id)
    licence = None
    if order.changes_id is not None:
        licence = Licence.objects.select_for_update(no_key=True).get(pk=order.changes_id)
    if withdrawn := _why_withdrawn(order) or _why_beyond_consent(order, licence):
        return withdrawn
    if listing.state == Listing.State.SUSPENDED:
        return OFF_SALE
    if taken := _why_taken(listing, licence, order):
        return taken
    if licence is None:
        declined = Quote.objects.filter(offer=order.offer_id, state=Quote.State.DECLINED)
        return OFFER_TAKEN_BACK if declined.exists() else ""
    return _why_unchangeable(licence, order)


def why_not_again(order: Order) -> str:
    """Why what a lost dispute took can't be had again after an appeal; empty if it can."""
    listing = Listing.objects.select_for_update(no_key=True).get(pk=order.offer.listing_id)
    if withdrawn := _why_withdrawn(order):
        return withdrawn
    if listing.state == Listing.State.SUSPENDED:
        return OFF_SALE
    own = order.granted.pk if order.granted is not None else 0
    others = exclusivity.holders(listing.voice_id).exclude(pk=own)
    return SOLD_EXCLUSIVELY if others.exists() else _why_shared(listing, None, order)


def _why_taken(listing: Listing, licence: Licence | None, order: Order) -> str:
    """Why an exclusive licence stands in the way, or keeps from being one; empty if none does."""
    if listing.is_exclusive and not (licence and exclusivity.is_in_force(licence)):
        return SOLD_EXCLUSIVELY
    if order.terms["tier"] == Offer.Tier.EXCLUSIVE:
        others = exclusivity.holders(listing.voice_id).exclude(pk=order.changes_id or 0)
        if others.exists():
            return SOLD_EXCLUSIVELY
    return _why_shared(listing, licence, order)


def _why_shared(listing: Listing, licence: Licence | None, order: Order) -> str:
    """Why the same voice under another name stands in the way; empty if it doesn't."""
    if licence is not None and exclusivity.is_in_force(licence):
        return ""
    alike.lock_creator(listing)
    held, on_sale = alike.under_other_names(listing)
    if held is not None:
        return SOLD_EXCLUSIVELY
    exclusive = order.terms["tier"] == Offer.Tier.EXCLUSIVE
    return SOLD_TWICE if exclusive and on_sale is not None else ""


def _why_withdrawn(order: Order) -> str:
    voice, uses = order.offer.listing.voice, order.terms["uses"]
    if not may_speak(voice):
        return WITHDRAWN
    return "" if agreed(voice, uses) == uses else USE_TAKEN_OUT


def _why_beyond_consent(order: Order, licence: Licence | None) -> str:
    """Why a term can't begin that would end after the consent, which may be another one by now."""
    until, at = consented_until(order.offer.listing.voice), order.paid_at
    assert at is not None
    if licence is not None and order.kind == Order.Kind.RENEWAL:
        ends = bought.Term.of(licence).after(order, at).ends_at
    else:
        ends = months_later(order.created_at, order.terms["term_months"])  # as it was sold
    return BEYOND_CONSENT if terms.goes_beyond(until, ends) else ""


def _why_over(licence: Licence) -> str:
    if licence.state in (Licence.State.REVOKED, Licence.State.REFUNDED):
        return LICENCE_ENDED
    return TAKEN_BACK if lifecycle.TAKEN_BACK in licence.cause.split() else ""


def _why_unchangeable(licence: Licence, order: Order) -> str:
    if over := _why_over(licence):
        return over
    same = licence.terms_sha256 == terms.digest(order.terms)
    if order.kind == Order.Kind.RENEWAL:
        if not same:
            return OTHER_TERMS  # its price is that of the terms it was ordered on
        overtaken = (
            renewals.is_paid_ahead(licence)
            or renewal_rounds.is_overtaken(order, licence)
            or renewals.was_renewed_since(licence, order)
        )
        return ALREADY_CHANGED if overtaken else ""
    if same:
        return ALREADY_CHANGED
    return _why_no_upgrade(licence, order)


def _why_no_upgrade(licence: Licence, order: Order) -> str:
    if order.terms["price_minor"] <= licence.terms["price_minor"]:
        return OTHER_TERMS
    if carried.has_open_return(licence) or carried.is_unpaid(licence, order):
        return GOES_BACK
    used_up = renewals.included_after_upgrade(licence, order) <= licence.characters_used
    return USED_UP if used_up else ""


def _grant(order: Order) -> Licence:
    now = order.paid_at
    assert now is not None
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
