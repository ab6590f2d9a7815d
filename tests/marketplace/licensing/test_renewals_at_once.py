"""Renewals by hand: two clicks make one order, and of two that are paid one goes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.licensing import bought, fulfilment, lifecycle, renewals, standing_renewals
from marketplace.licensing.models import Licence, Order, RenewalRound
from tests import factories

pytestmark = pytest.mark.django_db


def _near_its_end(days: int) -> Licence:
    """A licence whose year ends in so many days, or ended so many days ago."""
    licence = factories.make_licence(factories.make_listing(price=1000))
    now = timezone.now()
    Licence.objects.filter(pk=licence.pk).update(
        starts_at=now - timedelta(days=365 - days), ends_at=now + timedelta(days=days)
    )
    lifecycle.expire_licences()
    licence.refresh_from_db()
    return licence


def _renew(licence: Licence) -> Order:
    return renewals.order_renewal(licence=licence, by=licence.buyer)


def _renew_on_another_page(licence: Licence) -> Order:
    """Order once more when the page of the last order can be shown no longer, but still be paid."""
    Order.objects.filter(kind=Order.Kind.RENEWAL).update(
        created_at=F("created_at") - timedelta(hours=22, minutes=55)
    )
    return _renew(licence)


def _pay(order: Order) -> Licence | None:
    return fulfilment.fulfil_order(order_id=order.pk, payment_intent=f"pi_{order.pk}")


@pytest.mark.parametrize("days", [-1, 1, 3, 100])
def test_of_two_renewals_that_were_open_at_once_the_second_goes_back(days: int) -> None:
    licence = _near_its_end(days)
    first = _renew(licence)
    second = _renew_on_another_page(licence)
    assert first != second
    assert _pay(first) == licence
    licence.refresh_from_db()
    ends = licence.ends_at
    assert _pay(second) is None
    licence.refresh_from_db()
    assert licence.ends_at == ends


def test_a_second_click_finds_the_page_of_the_first(client: Client) -> None:
    licence = _near_its_end(-1)
    client.force_login(licence.buyer, backend="django.contrib.auth.backends.ModelBackend")
    path = reverse("storefront:renew", args=[licence.public_id])
    first, second = [client.post(path)["Location"] for _ in range(2)]
    assert first == second
    assert Order.objects.filter(kind=Order.Kind.RENEWAL).count() == 1


def test_a_renewal_that_was_ordered_after_another_was_paid_is_granted_too() -> None:
    licence = _near_its_end(3)
    assert _pay(_renew(licence)) == licence
    licence.refresh_from_db()
    assert _pay(_renew(licence)) == licence


def test_a_renewal_that_was_paid_and_went_back_is_no_reason_to_refuse_another() -> None:
    licence = _near_its_end(3)
    first = _renew(licence)
    second = _renew_on_another_page(licence)
    _pay(first)
    bought.undo_order(Order.objects.get(pk=first.pk))
    assert _pay(second) == licence


def test_a_page_that_was_opened_before_the_automatic_charge_is_not_paid_after_it() -> None:
    licence = _near_its_end(100)
    standing = standing_renewals.ask(
        licence=licence, by=licence.buyer, agreed=True, until=None, has_method=True
    )
    Licence.objects.filter(pk=licence.pk).update(ends_at=timezone.now() + timedelta(days=3))
    licence.refresh_from_db()
    by_hand = _renew(licence)
    announced = RenewalRound.objects.create(
        standing=standing,
        term_ends_at=licence.ends_at,
        price_minor=licence.terms["price_minor"],
        currency=licence.terms["currency"],
        charge_at=timezone.now(),
    )
    charged = standing_renewals.claim(round_id=announced.pk)
    assert charged is not None
    assert charged.order is not None
    assert charged.order != by_hand  # else one order could be paid twice
    assert _pay(charged.order) == licence
    assert _pay(by_hand) is None
