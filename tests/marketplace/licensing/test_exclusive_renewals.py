"""An exclusive voice whose renewal is still being paid is nobody else's, and never two buyers'."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import exclusivity, fulfilment, lifecycle, quotes, renewals
from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Listing
from marketplace.listings.queries import listing_on_sale
from marketplace.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db


def _pay(order: Order) -> Licence | None:
    return fulfilment.fulfil_order(order_id=order.pk, payment_intent=f"pi_{order.pk}")


def _exclusive(listing: Listing, buyer: User) -> Licence:
    quote = quotes.ask(
        listing=listing, organization=personal_organization(buyer), message="Ours alone.", by=buyer
    )
    quote = quotes.offer(
        quote=quote, price_minor=50_000, characters=10_000, term_months=1,
        by=listing.voice.creator.user,
    )  # fmt: skip
    licence = _pay(quotes.accept(quote=quote, by=buyer))
    assert licence is not None
    return licence


def _ended(licence: Licence, at: datetime) -> None:
    month = timedelta(days=30)
    Licence.objects.filter(pk=licence.pk).update(starts_at=at - month, ends_at=at)


def _over_for(licence: Licence, ended: timedelta) -> Order:
    """A renewal by bank transfer that was ordered before the term ended, so long ago."""
    renewal = renewals.order_renewal(licence=licence, by=licence.buyer)
    now = timezone.now()
    Order.objects.filter(pk=renewal.pk).update(
        checkout_session="cs_1", created_at=now - ended - timedelta(hours=1)
    )
    _ended(licence, now - ended)
    lifecycle.expire_licences()
    exclusivity.end_exclusivities()
    licence.refresh_from_db()
    return renewal


def test_a_voice_is_nobody_elses_while_its_exclusive_licence_waits_for_a_bank_transfer() -> None:
    listing = factories.make_listing()
    licence = _exclusive(listing, factories.make_user("first"))
    renewal = _over_for(licence, timedelta(days=2))
    assert licence.state == Licence.State.PAUSED
    assert listing_on_sale(listing.voice.slug) is None
    assert _pay(renewal) == licence
    licence.refresh_from_db()
    assert licence.state == Licence.State.ACTIVE


def test_what_comes_after_somebody_else_bought_the_voice_is_refunded() -> None:
    listing, first = factories.make_listing(), factories.make_user("first")
    licence = _exclusive(listing, first)
    renewal = _over_for(licence, lifecycle.GRACE + timedelta(days=1))
    _exclusive(Listing.objects.get(pk=listing.pk), factories.make_user("second"))
    assert _pay(renewal) is None
    renewal.refresh_from_db()
    assert renewal.state == Order.State.TOO_LATE
    assert exclusivity.holders(listing.voice_id).count() == 1


def test_a_licence_that_was_suspended_past_its_term_is_not_renewed_beside_another_buyers() -> None:
    listing, first = factories.make_listing(), factories.make_user("first")
    licence = _exclusive(listing, first)
    lifecycle.suspend_licence(licence=licence, reason="Asked", cause="moderation")
    _ended(licence, timezone.now() - lifecycle.GRACE - timedelta(days=1))
    exclusivity.end_exclusivities()
    _exclusive(Listing.objects.get(pk=listing.pk), factories.make_user("second"))
    Licence.objects.filter(pk=licence.pk).update(state=Licence.State.ACTIVE)
    licence.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        renewals.order_renewal(licence=licence, by=first)
    assert refusal.value.code == "not_renewable"
