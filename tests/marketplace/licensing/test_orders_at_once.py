"""An order beside a change of what is sold: its terms and price are of one moment, in which it was on sale."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from marketplace.licensing.models import Order
from marketplace.licensing.orders import place_order
from marketplace.licensing.renewals import order_upgrade
from marketplace.listings.models import Listing, Offer
from marketplace.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def _outcome(order: Callable[[], Order]) -> Order | str:
    try:
        return order()
    except Refused as refusal:
        return refusal.code
    finally:
        connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def _meanwhile(
    listing: Listing, change: Callable[[], object], order: Callable[[], Order]
) -> Order | str:
    """The outcome of an order that begins while its listing is locked, and waits until it has changed."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Listing.objects.select_for_update().get(pk=listing.pk)
            ordered = pool.submit(_outcome, order)
            ends = time.monotonic() + 20
            while not _somebody_waits() and time.monotonic() < ends:
                time.sleep(0.02)
            change()
        return ordered.result(30)


def _dearer(offer: Offer) -> None:
    Offer.objects.filter(pk=offer.pk).update(price_minor=9_900, characters=7_000, term_months=60)


def test_an_order_joins_no_old_terms_to_a_new_price() -> None:
    listing, buyer = factories.make_listing(price=1_000), factories.make_user()
    offer = listing.offers.get()
    order = _meanwhile(
        listing, lambda: _dearer(offer), lambda: place_order(buyer=buyer, offer=offer)
    )
    assert isinstance(order, Order)
    frozen = order.terms
    assert (order.price_minor, frozen["price_minor"]) == (9_900, 9_900)
    assert (frozen["characters"], frozen["term_months"]) == (7_000, 60)


def test_nothing_is_ordered_of_a_listing_that_went_off_sale_a_moment_before() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    offer = listing.offers.get()
    outcome = _meanwhile(
        listing,
        lambda: Listing.objects.filter(pk=listing.pk).update(state=Listing.State.DRAFT),
        lambda: place_order(buyer=buyer, offer=offer),
    )
    assert outcome == "not_on_sale"
    assert not Order.objects.exists()


def test_nothing_is_ordered_of_an_offer_that_was_removed_a_moment_before() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    offer = listing.offers.get()
    outcome = _meanwhile(
        listing,
        lambda: Offer.objects.filter(pk=offer.pk).delete(),
        lambda: place_order(buyer=buyer, offer=offer),
    )
    assert outcome == "not_on_sale"
    assert not Order.objects.exists()


def test_an_upgrade_is_at_the_price_and_terms_of_one_moment_too() -> None:
    licence = factories.make_licence(factories.make_listing(price=1_000))
    listing = licence.order.offer.listing
    dear = Offer.objects.create(
        listing=listing, tier="broadcast", price_minor=5_000, currency="USD", characters=5_000
    )
    order = _meanwhile(
        listing,
        lambda: _dearer(dear),
        lambda: order_upgrade(licence=licence, offer=dear, by=licence.buyer),
    )
    assert isinstance(order, Order)
    assert (order.terms["price_minor"], order.terms["characters"]) == (9_900, 7_000)
