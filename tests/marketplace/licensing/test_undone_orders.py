"""What stays paid stays licensed, in whatever order the rest is refunded; and old prices end."""

from __future__ import annotations

import pytest

from marketplace.licensing import fulfilment, renewals
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
    assert upgrade.replaced is not None
    renewals.undo_order(upgrade)
    licence.refresh_from_db()
    assert licence.terms["tier"] == "commercial"
    assert licence.characters_included == 51_000
    assert licence.ends_at > months_later(licence.starts_at, 12)


@pytest.mark.parametrize("first", ["upgrade", "renewal"])
def test_the_first_term_is_left_when_both_are_refunded(first: str) -> None:
    licence, upgrade, renewal = _upgraded_and_renewed()
    before = upgrade.replaced
    assert before is not None
    for order in (upgrade, renewal) if first == "upgrade" else (renewal, upgrade):
        renewals.undo_order(order)
    licence.refresh_from_db()
    assert licence.terms == before["terms"]
    assert licence.characters_included == 1_000
    assert licence.ends_at.isoformat() == before["ends_at"]
    assert licence.starts_at.isoformat() == before["starts_at"]


def test_the_refund_of_a_renewal_leaves_the_terms_that_are_still_paid() -> None:
    licence, _, renewal = _upgraded_and_renewed()
    renewals.undo_order(renewal)
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


def test_of_two_renewals_that_were_ordered_at_once_the_second_goes_back() -> None:
    licence = factories.make_licence(factories.make_listing(price=1000))
    orders = [renewals.order_renewal(licence=licence, by=licence.buyer) for _ in range(2)]
    assert [_pay(order) is not None for order in orders] == [True, False]
