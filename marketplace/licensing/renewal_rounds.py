"""The rounds of standing renewals: how a payment or a change of the licence closes them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing import renewal_letters
from marketplace.licensing.models import Licence, Order, RenewalRound, StandingRenewal

State = RenewalRound.State


def open_round(licence: Licence) -> RenewalRound | None:
    """The renewal of a licence that is announced and neither paid nor dropped."""
    return RenewalRound.objects.filter(
        standing__licence=licence, state__in=RenewalRound.OPEN
    ).first()


def round_of(order: Order) -> RenewalRound | None:
    """The round that an order was made for; None: it was ordered by hand."""
    return RenewalRound.objects.filter(order=order).first()


def is_overtaken(order: Order, licence: Licence) -> bool:
    """Whether a licence was renewed or changed otherwise since its round was announced."""
    found = round_of(order)
    return found is not None and found.term_ends_at != licence.ends_at


def next_term_begins(licence: Licence) -> datetime:
    """When a further term of a locked licence begins: where one ended in whose grace it speaks on, too."""
    now = timezone.now()
    in_grace = licence.state == Licence.State.ACTIVE and licence.silent_from > now
    return licence.ends_at if in_grace else max(now, licence.ends_at)


def settle(licence: Licence, order: Order) -> None:
    """Close the round of a locked licence that an order has just continued.

    Another order's overtakes it; one that is being charged is closed by its own payment.
    """
    found = open_round(licence)
    if found is None:
        return
    if found.order_id == order.pk:
        _close(found, licence, State.PAID)
    elif found.state != State.CHARGING:
        _close(found, licence, State.DROPPED)


def close_overtaken(order: Order) -> None:
    """Close the round of an order whose payment came too late to renew anything."""
    found = round_of(order)
    if found is not None and found.state in RenewalRound.OPEN:
        assert order.changes_id is not None  # it renews something
        _close(
            found,
            Licence.objects.select_for_update(no_key=True).get(pk=order.changes_id),
            State.DROPPED,
        )


def _close(found: RenewalRound, licence: Licence, to: str) -> None:
    found.transition(to)
    if licence.grace_ends_at is not None:
        licence.grace_ends_at = None
        licence.save(update_fields=["grace_ends_at"])
    audit.record(actor=None, action=f"renewal.{to}", subject=found)


def stop(standing: StandingRenewal, *, why: str, by: User | None = None) -> None:
    """Switch a locked standing renewal off, and drop what it announced, in the caller's transaction."""
    licence = Licence.objects.select_for_update(no_key=True).get(pk=standing.licence_id)
    found = open_round(licence)
    if found is not None:
        _close(found, licence, State.DROPPED)
    if standing.state != StandingRenewal.State.OFF:
        standing.why_off = why[:200]
        standing.save(update_fields=["why_off"])
        standing.transition(StandingRenewal.State.OFF)
        audit.record(actor=by, action="renewal.switched_off", subject=standing)


def stop_for(licence: Licence, *, why: str, tells: bool = True) -> None:
    """Switch off the standing renewal of a locked licence, if it has one that is on."""
    rows = StandingRenewal.objects.select_for_update(of=("self",), no_key=True).filter(
        licence=licence
    )
    standing = rows.exclude(state=StandingRenewal.State.OFF).select_related("licence", "by").first()
    if standing is not None:
        stop(standing, why=why)
        if tells:
            renewal_letters.tell(standing, "stopped")
