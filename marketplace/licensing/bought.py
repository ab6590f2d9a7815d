"""What was bought of a licence: its terms and time, worked out from its orders.

A first order, renewals and upgrades are applied one after the other, each from when it was paid. What
was refunded whole is left out, so that a licence is what the payments that stand have bought, whichever
was refunded first. An upgrade that took value of a payment which went back includes so much less.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.compliance import audit
from marketplace.licensing import (
    carried,
    exclusivity,
    licence_letters,
    lifecycle,
    renewal_rounds,
    terms,
)
from marketplace.licensing.calendar import anchor_day, months_later
from marketplace.licensing.models import Licence, Order


@dataclass(frozen=True)
class Term:
    """A licence's terms, version, first and last day, and characters; used: what was spoken by now."""

    terms: dict[str, Any]
    voice_version: int
    starts_at: datetime
    ends_at: datetime
    included: int
    used: int

    @classmethod
    def of(cls, licence: Licence) -> Self:
        """What a licence is at present."""
        return cls(
            licence.terms,
            licence.voice_version_id,
            licence.starts_at,
            licence.ends_at,
            licence.characters_included,
            licence.characters_used,
        )

    @classmethod
    def begun(cls, order: Order, at: datetime, used: int, lacking: int = 0) -> Self:
        """What one order buys by itself; lacking: of its tier's price, what nobody has paid."""
        ends_at, characters = (
            months_later(at, order.terms["term_months"]),
            order.terms["characters"],
        )
        unpaid = math.ceil(characters * lacking / order.terms["price_minor"]) if lacking else 0
        return cls(order.terms, order.voice_version_id, at, ends_at, characters - unpaid, used)

    def after(self, order: Order, at: datetime, lacking: int = 0) -> Term:
        """What a renewal or an upgrade that is paid at a time makes of it.

        An upgrade's discount is frozen, so what was spoken since it was ordered counts towards the
        new tier. A renewal keeps the terms that it was ordered on; one that came by itself follows the
        term in whose grace it was paid.
        """
        if order.kind == Order.Kind.UPGRADE:
            before = self.used if order.used_before is None else order.used_before
            alone = self.begun(order, at, self.used, lacking)
            return replace(alone, included=alone.included + min(before, self.used))
        if at < self.ends_at + lifecycle.GRACE and hasattr(order, "renewal_round"):
            at = min(at, self.ends_at - timedelta(seconds=1))
        return replace(
            self,
            terms=order.terms,
            voice_version=order.voice_version_id,
            ends_at=self.end_of_next(order.terms["term_months"], at),
            included=self.included + order.terms["characters"],
        )

    def end_of_next(self, months: int, at: datetime) -> datetime:
        """When a further term would end that is paid at a time."""
        day = anchor_day(self.starts_at, self.ends_at) if self.ends_at > at else None
        return months_later(max(at, self.ends_at), months, day=day)

    def write_to(self, licence: Licence) -> None:
        """Make a locked licence this."""
        licence.terms, licence.terms_sha256 = self.terms, terms.digest(self.terms)
        licence.voice_version_id = self.voice_version
        licence.starts_at, licence.ends_at = self.starts_at, self.ends_at
        licence.characters_included = max(self.included, licence.characters_used)
        licence.save()


PAYMENT_GONE = gettext_noop("The payment was taken back.")


def undo_order(order: Order, *, by_bank: bool = False) -> Licence | None:
    """Undo what an order granted whose payment went back, if anything, in the caller's transaction.

    What the other payments bought stands; a licence of which none stands ends. What its buyer took back
    is undone when they do, and not once more when the money has gone.
    by_bank: for a lost dispute, which an appeal may turn (`restore_order`); else for a whole refund.
    """
    if order.granted is None or order.undone_at is not None:
        return None
    licence = carried.lock_licence(order.granted)
    order.undone_at = timezone.now()
    order.save(update_fields=["undone_at"])
    renewal_rounds.stop_for(licence, why=gettext_noop("A payment for it went back."))
    licence.refresh_from_db()
    left = _what_stands(licence)
    if left is None and by_bank:
        cause = licence.cause or lifecycle.DISPUTE
        return lifecycle.revoke_licence(licence=licence, reason=PAYMENT_GONE, cause=cause)
    if left is None:
        return lifecycle.refund_licence(licence=licence)
    dearer = licence.terms["price_minor"] > left.terms["price_minor"]
    left.write_to(licence)
    exclusivity.follow_licence(licence)
    what = "upgrade" if order.kind == Order.Kind.UPGRADE else "term"
    audit.record(actor=None, action=f"licence.{what}_refunded", subject=licence, order=order.pk)
    is_less = any(_carried(licence).lacking.values())
    licence_letters.tell(licence, "downgraded" if dearer else "reduced" if is_less else "ending")
    return licence


def have_again(order: Order) -> Licence | None:
    """Let a buyer have again what they took back, because its payment did not go back."""
    if order.kind == Order.Kind.RENEWAL:
        return _redo_order(order)
    if order.granted is not None:
        lifecycle.resume_licence(licence=order.granted, cause=lifecycle.TAKEN_BACK)
    return order.granted


def _redo_order(order: Order) -> Licence | None:
    """Grant again what was undone, in the caller's transaction."""
    if order.granted is None or order.undone_at is None:
        return None
    licence = carried.lock_licence(order.granted)
    if licence.state in (Licence.State.REVOKED, Licence.State.REFUNDED):
        return None  # another payment's end was its own
    _redo(order, licence)
    licence_letters.tell(licence, "renewed")
    return licence


def _redo(order: Order, licence: Licence) -> None:
    """Make a locked licence again what it is with an order that was undone."""
    order.undone_at = None
    order.save(update_fields=["undone_at"])
    stands = _what_stands(licence)
    assert stands is not None  # this order does
    stands.write_to(licence)
    exclusivity.follow_licence(licence)
    audit.record(actor=None, action="licence.term_restored", subject=licence, order=order.pk)


def restore_order(order: Order, *, ended: Collection[str], cause: str) -> bool:
    """Have an order again that a lost dispute undid and an appeal won, in the caller's transaction.

    False where that can't be, so that its payment has to go back: all other payments went back, or the
    licence ended before lost disputes undid orders. What a moderator ended stays so, and is paid for.
    ended: causes of suspension that are over; cause: that of the dispute.
    """
    assert order.granted is not None
    licence = carried.lock_licence(order.granted)
    taken = lifecycle.was_taken_by_bank(licence)
    if order.undone_at is None or licence.state == Licence.State.REFUNDED:
        return licence.state not in (Licence.State.REVOKED, Licence.State.REFUNDED)
    if licence.state == Licence.State.REVOKED and not taken:
        return True
    if taken:
        lifecycle.reopen_licence(licence=licence, ended=ended, cause=cause)
    _redo(order, licence)
    if taken:
        lifecycle.resume_licence(licence=licence, cause=cause)
    else:
        licence_letters.tell(licence, "renewed" if order.kind == Order.Kind.RENEWAL else "upgraded")
    return True


def without(order: Order, orders: Sequence[Order]) -> Term | None:
    """What a licence would be if an order that changed it had not; None: nothing.

    orders: as `carried.orders_of` gives them.
    """
    assert order.changes is not None
    return _what_stands(order.changes, besides=order, orders=orders)


def _carried(licence: Licence) -> carried.Carried:
    return carried.carried(carried.orders_of(licence), gone=carried.undone)


def _what_stands(
    licence: Licence, besides: Order | None = None, orders: Sequence[Order] | None = None
) -> Term | None:
    """What the orders of a licence bought that were not refunded; None if there are none."""
    if orders is None:
        orders = carried.orders_of(licence)
    lacking = carried.carried(orders, gone=carried.undone).lacking
    found: Term | None = None
    for order in orders:
        at, unpaid = order.paid_at or order.created_at, lacking.get(order.pk, 0)
        if order.undone_at is not None or order == besides:
            continue
        if found is None:
            begins = at if order.kind == Order.Kind.UPGRADE else licence.order.paid_at or at
            found = Term.begun(order, begins, licence.characters_used, unpaid)
        else:
            found = found.after(order, at, unpaid)
    return found
