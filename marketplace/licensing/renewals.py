"""Continuing licences: renewals on the same terms, pro-rated upgrades, reminders, withdrawals."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace import dates
from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent
from marketplace.consent.queries import agreed, consented_until, may_speak
from marketplace.currencies import min_price
from marketplace.letters.kinds import Kind
from marketplace.licensing import (
    bought,
    carried,
    exclusivity,
    licence_letters,
    orders,
    renewal_rounds,
    terms,
)
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import Licence, Order, StandingRenewal
from marketplace.listings import alike
from marketplace.listings.models import Listing, Offer
from marketplace.listings.queries import public_offers, speakable
from marketplace.money import Money
from marketplace.refusals import Refused
from marketplace.voices.uses import told

REMIND = timedelta(days=14)
RENEWABLE_FOR = timedelta(days=30)  # after its term: then prices are those of today
LONGER_MONTHS = timedelta(days=4)  # a month from the 28th of February ends before the 31st of March
_RENEWABLE = frozenset({Licence.State.ACTIVE, Licence.State.PAUSED, Licence.State.EXPIRED})
_NOT_RENEWABLE = {
    Licence.State.SUSPENDED: gettext_noop("A suspended licence can't be renewed."),
    Licence.State.REVOKED: gettext_noop("A revoked licence can't be renewed."),
    Licence.State.REFUNDED: gettext_noop("A refunded licence can't be renewed."),
}


def is_renewable(licence: Licence) -> bool:
    """Whether another term may follow on the same conditions and price."""
    in_time = licence.ends_at > timezone.now() - RENEWABLE_FOR
    return licence.state in _RENEWABLE and in_time and not is_paid_ahead(licence)


def is_paid_ahead(licence: Licence) -> bool:
    """Whether a term is paid that has not begun: more would keep the present price for ever."""
    last_term = months_later(timezone.now(), licence.terms["term_months"])
    return bool(licence.ends_at > last_term + LONGER_MONTHS)


def was_renewed_since(licence: Licence, order: Order) -> bool:
    """Whether another renewal was paid after this one was ordered, so that this was not meant to follow."""
    paid = licence.change_orders.filter(
        kind=Order.Kind.RENEWAL,
        state=Order.State.PAID,
        paid_at__gt=order.created_at,
        undone_at=None,
    )
    return paid.exclude(pk=order.pk).exists()


def order_renewal(*, licence: Licence, by: User, by_itself: bool = False) -> Order:
    """Order another term on the same conditions and price, to follow the present one.

    A second click finds the order of the first, as long as its payment page is open.
    by_itself: for a standing renewal, which charges an order of its own.

    Raises:
        Refused: not_a_member, role_too_small, not_renewable, not_on_sale, consent_ends.
    """
    require(by, licence.organization, Right.BUY)
    if licence.state in _RENEWABLE and is_paid_ahead(licence):
        raise Refused(
            "not_renewable",
            gettext("This licence is paid until %(day)s. Renew it again in its last term.")
            % {"day": dates.to_the_reader(licence.ends_at)},
        )
    require_continuable(licence)
    with transaction.atomic():
        Licence.objects.select_for_update(no_key=True).get(
            pk=licence.pk
        )  # two clicks at once make one order
        open_order = None if by_itself else _open_renewal(licence, by)
        return open_order or _order(
            licence, Order.Kind.RENEWAL, licence.order.offer, licence.terms["price_minor"], by,
            licence.terms,
        )  # fmt: skip


def _open_renewal(licence: Licence, by: User) -> Order | None:
    """The renewal that a buyer ordered by hand and can still pay."""
    ordered = licence.change_orders.filter(
        kind=Order.Kind.RENEWAL,
        state=Order.State.PENDING,
        buyer=by,
        renewal_round=None,
        commission_bps=settings.COMMISSION_BPS,
        terms=licence.terms,
    )
    latest = ordered.order_by("-id").first()
    return latest if latest is not None and orders.is_payable(latest) else None


def require_continuable(licence: Licence) -> None:
    """Refuse further terms of what is over, withdrawn, off sale or somebody else's alone.

    Raises:
        Refused: not_renewable, not_on_sale, sold_exclusively, consent_ends.
    """
    if licence.state not in _RENEWABLE:
        raise Refused(
            "not_renewable",
            gettext(_NOT_RENEWABLE[Licence.State(licence.state)]),
        )
    if licence.ends_at <= timezone.now() - RENEWABLE_FOR:
        raise Refused(
            "not_renewable",
            gettext("This licence ended more than %(days)s days ago. Buy a new one.")
            % {"days": RENEWABLE_FOR.days},
        )
    kept = agreed(licence.voice, licence.terms["uses"])
    gone = [use for use in licence.terms["uses"] if use not in kept]
    if gone:
        raise Refused(
            "not_renewable",
            gettext(
                "The speaker no longer allows %(uses)s, which this licence was for. Buy a new one "
                "for the uses that are left."
            )
            % {"uses": ", ".join(map(told, gone))},
        )
    if exclusivity.is_exclusive(licence):
        _require_still_exclusive(licence)
    else:
        listing = speakable(Listing.objects.filter(voice=licence.voice_id)).first()
        if listing is None:
            raise Refused("not_on_sale", gettext("This voice is no longer on sale."))
        alike.require_free(listing)
    until = consent_ends_first(licence)
    if until is not None:
        raise Refused(
            "consent_ends",
            gettext(
                "The speaker's consent ends on %(day)s, before another term would. It can be renewed once "
                "they have consented for longer."
            )
            % {"day": dates.to_the_reader(until)},
        )


def consent_ends_first(licence: Licence) -> datetime | None:
    """When the speaker's consent ends, if another term of a licence would end after it; else None."""
    until = consented_until(licence.voice)
    begins = renewal_rounds.next_term_begins(licence)
    ends = bought.Term.of(licence).end_of_next(licence.terms["term_months"], begins)
    return until if terms.goes_beyond(until, ends) else None


def _require_still_exclusive(licence: Licence) -> None:
    exclusive = Listing.objects.filter(voice=licence.voice_id, state=Listing.State.EXCLUSIVE)
    others = exclusivity.holders(licence.voice_id).exclude(pk=licence.pk)
    if licence.state == Licence.State.EXPIRED or not exclusive.exists() or others.exists():
        raise Refused(
            "not_renewable",
            gettext("This licence no longer keeps the voice to you. Ask the creator again."),
        )
    if not may_speak(licence.voice):
        raise Refused("not_on_sale", gettext("This voice has been withdrawn."))


def unused_value(licence: Licence) -> int:
    """The unused part of what was paid, by time or by characters, whichever is less.

    Measured in terms of the licence's price: a renewed licence has several. What went back of it is no
    value any more. Minor units, rounded down.
    """
    months, characters = licence.terms["term_months"], licence.terms["characters"]
    term = months_later(licence.starts_at, months) - licence.starts_at
    left = max(timedelta(0), licence.ends_at - timezone.now())
    terms_left = min(left / term, licence.characters_left / characters)
    value = int(licence.terms["price_minor"] * terms_left)
    first = licence.order
    if first.discount_minor and licence.terms_sha256 == terms.digest(first.terms):
        first_left = min(
            terms_left,
            (licence.starts_at + term - timezone.now()) / term,
            (characters - licence.characters_used) / characters,
        )
        value -= math.ceil(first.discount_minor * max(0.0, min(1.0, first_left)))  # nobody paid it
    return max(0, value - carried.lost_value(licence))


def order_upgrade(*, licence: Licence, offer: Offer, by: User) -> Order:
    """Order a dearer tier of the same voice at its price less the unused value of the licence.

    Raises:
        Refused: not_a_member, role_too_small, returned, not_upgradable, currency, not_on_sale, consent_ends.
    """
    require(by, licence.organization, Right.BUY)
    if carried.has_open_return(licence) or carried.is_unpaid(licence):
        raise Refused(
            "returned",
            gettext(
                "A payment for this licence is refunded or disputed, or may be, so its value can't pay for an "
                "upgrade. Buy the other tier as a new licence, or wait until that is decided."
            ),
        )
    if licence.state != Licence.State.ACTIVE or offer.listing.voice_id != licence.voice_id:
        raise Refused(
            "not_upgradable",
            gettext("Only an active licence can move to another tier of its voice."),
        )
    if offer.tier == Offer.Tier.EXCLUSIVE:
        raise Refused("not_upgradable", gettext("Ask the creator for an exclusive licence."))
    with transaction.atomic():
        _, offer = orders.lock_offer(offer)
        price = price_of_upgrade(licence, offer)
        until = consented_until(licence.voice)
        terms.require_within_consent(until, offer.term_months)
        due = _due(price, unused_value(licence))
        new_terms = terms.of_offer(offer, licence.organization, price, until=until)
        return _order(licence, Order.Kind.UPGRADE, offer, due.minor, by, new_terms)


def _due(price: Money, unused: int) -> Money:
    """What an upgrade to a price costs; a payment can't be smaller than the smallest price."""
    return max(price - Money(unused, price.currency), min_price(price.currency))


def upgrades_of(licence: Licence) -> list[tuple[Offer, Money]]:
    """The dearer tiers of a licence's voice in its own currency, and what moving to each costs now."""
    currency, unused = licence.terms["currency"], unused_value(licence)
    offers = public_offers(licence.order.offer.listing).prefetch_related("prices")
    until = consented_until(licence.voice)
    whole = [
        (offer, price)
        for offer in offers
        if (price := offer.price_in(currency))
        and not terms.would_go_beyond(until, offer.term_months)
    ]
    dearer = [
        (offer, price) for offer, price in whole if price.minor > licence.terms["price_minor"]
    ]
    return [(offer, _due(price, unused)) for offer, price in dearer if price.minor > unused]


def price_of_upgrade(licence: Licence, offer: Offer) -> Money:
    """The whole price of a dearer tier in the licence's own currency.

    What is unused of the licence was paid in it, and is never converted.

    Raises:
        Refused: currency, not_upgradable.
    """
    currency = licence.terms["currency"]
    price = offer.price_in(currency)
    if price is None:
        raise Refused(
            "currency",
            gettext(
                "This licence was bought in %(currency)s, in which the other tier is not sold. Buy that one "
                "as a new licence."
            )
            % {"currency": currency},
        )
    if price.minor <= licence.terms["price_minor"]:
        raise Refused("not_upgradable", gettext("An upgrade must be to a dearer tier."))
    return price


def _order(
    licence: Licence, kind: str, offer: Offer, price: int, by: User, new_terms: dict[str, object]
) -> Order:
    version = licence.voice_version if kind == Order.Kind.RENEWAL else offer.listing.version
    assert version is not None  # on sale, so it was reviewed
    with transaction.atomic():
        order = Order.objects.create(
            kind=kind,
            buyer=by,
            organization=licence.organization,
            offer=offer,
            changes=licence,
            used_before=licence.characters_used,
            voice_version=version,
            price_minor=price,
            currency=licence.terms["currency"],
            commission_bps=settings.COMMISSION_BPS,
            terms=new_terms,
        )
        audit.record(actor=by, action="order.placed", subject=order, kind=kind)
    return order


def included_after_upgrade(licence: Licence, order: Order) -> int:
    """The characters included once an upgrade is carried out."""
    return bought.Term.of(licence).after(order, timezone.now()).included


def apply_order(order: Order) -> Licence:
    """Carry out a paid renewal or upgrade that the caller has locked and marked paid."""
    assert order.changes_id is not None
    licence = Licence.objects.select_for_update(no_key=True).get(pk=order.changes_id)
    assert order.paid_at is not None
    term = bought.Term.of(licence).after(order, order.paid_at)
    if order.kind == Order.Kind.UPGRADE:
        renewal_rounds.stop_for(
            licence, why=gettext_noop("It has other terms and another price now.")
        )
        licence.grace_ends_at = None
    term.write_to(licence)
    renewal_rounds.settle(licence, order)
    letter = "renewed" if order.kind == Order.Kind.RENEWAL else "upgraded"
    exclusivity.follow_licence(licence)
    if licence.state in (Licence.State.EXPIRED, Licence.State.PAUSED):
        licence.transition(
            Licence.State.ACTIVE, only_from={Licence.State.EXPIRED, Licence.State.PAUSED}
        )
    audit.record(actor=order.buyer, action=f"licence.{letter}", subject=licence, order=order.pk)
    licence_letters.tell(licence, letter)
    return licence


def remind() -> int:
    """Remind buyers once whose licences end within `REMIND`; returns how many letters were written."""
    now, count = timezone.now(), 0
    soon = Licence.objects.select_related("voice").filter(
        state=Licence.State.ACTIVE, ends_at__gt=now, ends_at__lte=now + REMIND
    )
    renewing = StandingRenewal.objects.filter(state=StandingRenewal.State.ON)
    for licence in soon.exclude(standing_renewal__in=renewing):  # who has letters of its own
        if licence.ends_at - licence.starts_at <= 2 * REMIND:
            continue  # the buyer of a one-month licence needs no reminder
        reminded = AuditEvent.objects.filter(
            action="licence.ending",
            subject_type=licence._meta.label_lower,
            subject_id=licence.pk,
            at__gt=now - 2 * REMIND,
        )
        if reminded.exists():
            continue
        with transaction.atomic():
            audit.record(actor=None, action="licence.ending", subject=licence)
            until = consent_ends_first(licence)
            letter = "ending" if until is None else "ending_with_consent"
            licence_letters.tell(licence, letter, kind=Kind.REMINDERS, consent_ends=until)
        count += 1
    return count
