"""Terms that follow one another: their days, what is unused of them, and what a refund undoes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.consent.challenges import Agreements, issue_challenge
from marketplace.licensing import bought, quotes, renewals
from marketplace.licensing.calendar import anchor_day, months_later
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Listing, Offer
from marketplace.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db


def _pay(order: Order) -> Licence:
    licence = fulfil_order(order_id=order.pk, payment_intent=f"pi_{order.pk}")
    assert licence is not None
    return licence


def _renew(licence: Licence) -> tuple[Order, Licence]:
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    return order, _pay(order)


def _dearer(listing: Listing, price: int = 10_000) -> Offer:
    return listing.offers.create(
        tier="commercial", price_minor=price, currency="USD", characters=50_000, term_months=12
    )


def _upgrade(licence: Licence, offer: Offer) -> tuple[Order, Licence]:
    order = renewals.order_upgrade(licence=licence, offer=offer, by=licence.buyer)
    return order, _pay(order)


def test_monthly_terms_from_the_31st_end_on_the_last_day_of_each_month() -> None:
    start = datetime(2026, 1, 31, 12, tzinfo=UTC)
    end, ends = months_later(start, 1), []
    for _ in range(3):
        end = months_later(end, 1, day=anchor_day(start, end))
        ends.append((end.month, end.day))
    assert ends == [(3, 31), (4, 30), (5, 31)]


def test_a_licence_of_the_31st_is_renewed_to_the_31st(monkeypatch: pytest.MonkeyPatch) -> None:
    licence = factories.make_licence()
    year = timezone.now().year + 1
    licence.terms["term_months"] = 1
    licence.starts_at = datetime(year, 1, 31, 12, tzinfo=UTC)
    licence.ends_at = datetime(year, 2, 28, 12, tzinfo=UTC)
    licence.save()
    monkeypatch.setattr(renewals, "is_paid_ahead", lambda _: False)  # the term is next year's
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    Order.objects.filter(pk=order.pk).update(terms=licence.terms, paid_at=timezone.now())
    monkeypatch.setattr("marketplace.licensing.fulfilment._why_too_late", lambda _: "")
    assert _pay(order).ends_at == datetime(year, 3, 31, 12, tzinfo=UTC)


def test_ten_years_of_consent_end_on_the_same_day_of_the_year() -> None:
    voice = factories.make_voice()
    factories.make_recording(voice)
    consent = issue_challenge(
        voice=voice, by=voice.creator.user, uses=["audiobook"], years=10,
        agreements=Agreements(biometric=True, replication=True, terms=True),
    )  # fmt: skip
    assert consent.ends_at is not None
    said = consent.created_at
    assert (consent.ends_at.year, consent.ends_at.month) == (said.year + 10, said.month)
    assert abs(consent.ends_at.day - said.day) <= (said.month == 2)


def test_an_unused_renewal_is_worth_its_own_price_in_an_upgrade() -> None:
    listing = factories.make_listing(price=2_000)
    licence = factories.make_licence(listing)
    _, licence = _renew(licence)
    assert renewals.unused_value(licence) in (3_999, 4_000)
    Licence.objects.filter(pk=licence.pk).update(characters_used=1_000)
    licence.refresh_from_db()
    assert renewals.unused_value(licence) == 2_000


def test_a_refunded_upgrade_leaves_the_licence_as_it_was_before() -> None:
    listing = factories.make_listing(price=2_000)
    before = factories.make_licence(listing)
    order, licence = _upgrade(before, _dearer(listing))
    Licence.objects.filter(pk=licence.pk).update(characters_used=300)
    bought.undo_order(order)
    licence = Licence.objects.get(pk=licence.pk)
    assert licence.state == Licence.State.ACTIVE
    assert (licence.terms, licence.terms_sha256) == (before.terms, before.terms_sha256)
    assert (licence.ends_at, licence.characters_left) == (before.ends_at, 700)


def test_a_refunded_first_term_leaves_the_upgrade_that_was_paid() -> None:
    listing = factories.make_listing(price=2_000)
    first = factories.make_licence(listing)
    _, licence = _upgrade(first, _dearer(listing))
    ends = licence.ends_at
    bought.undo_order(Order.objects.get(pk=first.order_id))
    licence.refresh_from_db()
    assert (licence.state, licence.ends_at) == (Licence.State.ACTIVE, ends)
    assert licence.terms["tier"] == "commercial"


def test_a_refunded_first_term_leaves_the_renewal_that_was_paid() -> None:
    licence = factories.make_licence()
    one_term = licence.ends_at
    _renew(licence)
    bought.undo_order(Order.objects.get(pk=licence.order_id))
    licence.refresh_from_db()
    assert (licence.state, licence.ends_at) == (Licence.State.ACTIVE, one_term)
    assert licence.characters_included == 1_000
    bought.undo_order(Order.objects.get(changes=licence))
    licence.refresh_from_db()
    assert licence.state == Licence.State.REFUNDED


def test_a_refunded_upgrade_of_another_upgrade_is_the_later_one_still() -> None:
    listing = factories.make_listing(price=2_000)
    first, licence = _upgrade(factories.make_licence(listing), _dearer(listing))
    broadcast = listing.offers.create(
        tier="broadcast", price_minor=50_000, currency="USD", characters=90_000, term_months=12
    )
    _, licence = _upgrade(licence, broadcast)
    bought.undo_order(first)
    licence.refresh_from_db()
    assert (licence.state, licence.terms["tier"]) == (Licence.State.ACTIVE, "broadcast")


def test_more_characters_than_an_integer_holds_can_be_renewed() -> None:
    licence = factories.make_licence()
    licence.terms["characters"] = 2_000_000_000
    Licence.objects.filter(pk=licence.pk).update(
        terms=licence.terms, characters_included=2_000_000_000
    )
    licence.refresh_from_db()
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    Order.objects.filter(pk=order.pk).update(terms=licence.terms, paid_at=timezone.now())
    renewals.apply_order(Order.objects.get(pk=order.pk))
    licence.refresh_from_db()
    assert licence.characters_included == 4_000_000_000


def test_a_quote_beyond_what_the_provider_takes_is_refused_with_a_message() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    creator = listing.voice.creator.user
    quote = quotes.ask(
        listing=listing, organization=personal_organization(buyer),
        message="The one voice of our new assistant.", by=buyer,
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        quotes.offer(
            quote=quote, price_minor=100_000_000, characters=10_000, term_months=12, by=creator
        )
    assert refusal.value.code == "price"
    client = Client()
    client.force_login(creator, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("storefront:answer-quote", args=[quote.public_id])
    for price in ("1000000.00", "9" * 30, "1e400"):
        asked = {"price": price, "characters": "10000", "term_months": "12"}
        assert client.post(page, asked).status_code == 302


def test_a_renewal_after_a_gap_begins_when_it_is_paid() -> None:
    licence = factories.make_licence()
    now = timezone.now()
    Licence.objects.filter(pk=licence.pk).update(
        starts_at=now - timedelta(days=385), ends_at=now - timedelta(days=20), state="expired"
    )
    licence.refresh_from_db()
    _, licence = _renew(licence)
    assert abs(licence.ends_at - months_later(now, 12)) < timedelta(minutes=5)
