"""What stays paid stays licensed, in whatever order the rest is refunded; and old prices end."""

from __future__ import annotations

from itertools import permutations

import pytest
from django.db import transaction

from marketplace.licensing import bought, fulfilment, renewals
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Offer
from marketplace.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db


def _pay(order: Order) -> Licence | None:
    return fulfilment.fulfil_order(order_id=order.pk, payment_intent=f"pi_{order.pk}")


def _upgraded_and_renewed() -> tuple[Licence, Order, Order]:
    """A month for 1,000 characters, upgraded to a year for 50,000, and that renewed."""
    listing = factories.make_listing(price=1000)
    licence = factories.make_licence(listing)
    dear = Offer.objects.create(
        listing=listing, tier="commercial", price_minor=10_000, currency="USD",
        characters=50_000, term_months=12,
    )  # fmt: skip
    upgrade = renewals.order_upgrade(licence=licence, offer=dear, by=licence.buyer)
    _pay(upgrade)
    licence.refresh_from_db()
    renewal = renewals.order_renewal(licence=licence, by=licence.buyer)
    _pay(renewal)
    for order in (upgrade, renewal):
        order.refresh_from_db()
    return licence, upgrade, renewal


def test_a_renewal_stays_when_the_upgrade_before_it_is_refunded() -> None:
    licence, upgrade, _ = _upgraded_and_renewed()
    bought.undo_order(upgrade)
    licence.refresh_from_db()
    assert licence.terms["tier"] == "commercial"
    assert licence.characters_included == 51_000
    assert licence.ends_at > months_later(licence.starts_at, 12)


@pytest.mark.parametrize("first", ["upgrade", "renewal"])
def test_the_first_term_is_left_when_both_are_refunded(first: str) -> None:
    licence, upgrade, renewal = _upgraded_and_renewed()
    for order in (upgrade, renewal) if first == "upgrade" else (renewal, upgrade):
        bought.undo_order(order)
    licence.refresh_from_db()
    first_order = licence.order
    assert first_order.paid_at is not None
    assert licence.terms == first_order.terms
    assert licence.characters_included == 1_000
    assert licence.starts_at == first_order.paid_at
    assert licence.ends_at == months_later(first_order.paid_at, first_order.terms["term_months"])


@pytest.mark.parametrize("steps", ["A", "R", "AB", "AR", "RA", "ARB"])
def test_of_a_licence_whose_payments_were_all_refunded_nothing_is_left(steps: str) -> None:
    """A: upgraded; B: upgraded further; R: renewed. In every order of the refunds."""
    for order in permutations(range(len(steps) + 1)):
        with transaction.atomic():
            listing = factories.make_listing(price=1000)
            licence = factories.make_licence(listing)
            orders = [licence.order]
            for step in steps:
                orders.append(_changed(licence, step))
            for place in order:
                bought.undo_order(Order.objects.get(pk=orders[place].pk))
            licence.refresh_from_db()
            assert licence.state == Licence.State.REFUNDED, order
            transaction.set_rollback(True)


def _changed(licence: Licence, step: str) -> Order:
    licence.refresh_from_db()
    if step == "R":
        change = renewals.order_renewal(licence=licence, by=licence.buyer)
    else:
        tier, price = {"A": ("commercial", 10_000), "B": ("broadcast", 30_000)}[step]
        offer = Offer.objects.create(
            listing=licence.order.offer.listing, tier=tier, price_minor=price, currency="USD",
            characters=price, term_months=12,
        )  # fmt: skip
        change = renewals.order_upgrade(licence=licence, offer=offer, by=licence.buyer)
    assert _pay(change) is not None
    return change


def test_what_the_payments_that_stand_have_bought_does_not_depend_on_what_was_refunded_first() -> (
    None
):
    kept: dict[frozenset[int], tuple[object, ...]] = {}
    for order in permutations(range(4), 2):
        with transaction.atomic():
            licence = factories.make_licence(factories.make_listing(price=1000))
            orders = [licence.order, *(_changed(licence, step) for step in "ARB")]
            for place in order:
                bought.undo_order(Order.objects.get(pk=orders[place].pk))
            licence.refresh_from_db()
            months = round((licence.ends_at - licence.starts_at).days / 30.4)
            found = licence.state, licence.terms["tier"], licence.characters_included, months
            assert kept.setdefault(frozenset(order), found) == found
            transaction.set_rollback(True)


def test_the_refund_of_a_renewal_leaves_the_terms_that_are_still_paid() -> None:
    licence, _, renewal = _upgraded_and_renewed()
    bought.undo_order(renewal)
    licence.refresh_from_db()
    assert licence.terms["tier"] == "commercial"
    assert licence.characters_included == 50_000


def test_no_more_than_one_term_is_had_in_advance_at_the_old_price() -> None:
    licence = factories.make_licence(factories.make_listing(price=1000))
    _pay(renewals.order_renewal(licence=licence, by=licence.buyer))
    licence.refresh_from_db()
    assert not renewals.is_renewable(licence)
    with pytest.raises(Refused, match="is paid until"):
        renewals.order_renewal(licence=licence, by=licence.buyer)
