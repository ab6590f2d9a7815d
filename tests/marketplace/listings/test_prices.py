"""Prices in other currencies: typed or converted, rounded as people expect, frozen, and within limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from marketplace import currencies
from marketplace.listings import facts, prices, rates, services
from marketplace.listings.models import ExchangeRate, Listing, OfferPrice
from marketplace.listings.rates import Rates
from marketplace.listings.search import Filters, find
from marketplace.listings.services import OfferDraft
from marketplace.money import Money
from marketplace.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db
RATES = Rates(
    date(2026, 10, 30), "a test",
    {"EUR": Decimal(1), "USD": Decimal("1.1172"), "GBP": Decimal("0.8338"),
     "JPY": Decimal("175.68"), "CNY": Decimal("7.4326")},
)  # fmt: skip
XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
  xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>
    <Cube time="2026-11-27">
      <Cube currency="USD" rate="2.0000"/><Cube currency="JPY" rate="200.00"/>
      <Cube currency="GBP" rate="0.8000"/><Cube currency="CNY" rate="8.0000"/>
      <Cube currency="CHF" rate="0.9400"/>
    </Cube>
    <Cube time="2026-11-26"><Cube currency="USD" rate="9.0000"/></Cube>
  </Cube>
</gesmes:Envelope>
"""


def _offer(listing: Listing, *offers: OfferDraft) -> Listing:
    return services.draft_listing(
        voice=listing.voice, headline="A voice", uses=["audiobook"], offers=offers,
        by=listing.voice.creator.user,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1999, "EUR", "€17.99"),
        (2000, "EUR", "€18.00"),
        (1999, "GBP", "£14.99"),
        (1999, "JPY", "¥3,140"),
        (300, "JPY", "¥472"),
        (1999, "CNY", "CN¥133.00"),
        (250, "EUR", "€2.50"),  # not below what is the least there
        (1_000_000, "CNY", "CN¥66,529.00"),
    ],
)
def test_a_converted_price_is_one_that_people_expect(minor: int, currency: str, shown: str) -> None:
    assert str(prices.suggested(Money(minor, "USD"), currency, RATES)) == shown


def test_what_is_not_typed_is_converted_once_and_stays_when_rates_move() -> None:
    listing = factories.make_listing(price=1999, also={"EUR": None, "JPY": 2_500})
    offer = listing.offers.get()
    there = {price.currency: price for price in offer.prices.all()}
    released = rates.current()
    assert there["EUR"].price == Money(1799, "EUR")
    assert (there["EUR"].rate, there["EUR"].rated_on) == (
        released.between("USD", "EUR"), released.dated,
    )  # fmt: skip
    assert (there["JPY"].price, there["JPY"].rate) == (Money(2_500, "JPY"), None)
    rates.load(XML.encode())
    assert listing.offers.get().price_in("EUR") == Money(1799, "EUR")
    _offer(listing, OfferDraft("personal", 1999, 1_000, also={"EUR": None}))
    assert listing.offers.get().price_in("EUR") == Money(999, "EUR")
    assert listing.offers.get().price_in("JPY") is None


@pytest.mark.parametrize(
    ("also", "code"),
    [
        ({"EUR": 249}, "price"),
        ({"JPY": 399}, "price"),
        ({"JPY": 2_000_001}, "price"),
        ({"USD": 1999}, "currency"),
        ({"CHF": 1999}, "currency"),
        ({"CHF": None}, "currency"),
    ],
)
def test_prices_outside_the_limits_of_their_currency_are_refused(
    also: dict[str, int | None], code: str
) -> None:
    listing = factories.make_listing(also={"EUR": 1_500})
    with pytest.raises(Refused) as refused:
        _offer(listing, OfferDraft("personal", 1999, 1_000, also=also))
    assert refused.value.code == code
    assert [p.price for p in OfferPrice.objects.all()] == [Money(1_500, "EUR")]


def test_a_moderator_reviews_prices_in_every_currency() -> None:
    listing = factories.make_listing(also={"EUR": 1_500})
    assert facts.is_as_reviewed(listing)
    listing.offers.get().prices.update(price_minor=150_000)
    assert not facts.is_as_reviewed(listing)
    [change] = facts.changes_of(listing)
    assert "or €15.00" in change.before
    assert "or €1,500.00" in change.after


def test_a_listing_without_other_prices_looks_as_it_was_reviewed_before_there_were_any() -> None:
    [offer] = facts.facts_of(factories.make_listing())["offers"]
    assert "prices" not in offer


def test_a_withdrawn_tier_has_no_prices_left() -> None:
    listing = factories.make_listing(also={"EUR": 1_500})
    factories.make_order(listing)
    _offer(listing, OfferDraft("commercial", 5_000, 10_000))
    assert listing.offers.get(tier="personal").withdrawn
    assert not OfferPrice.objects.exists()


def test_a_currency_that_is_no_longer_sold_in_is_not_offered(settings: object) -> None:
    offer = factories.make_listing(also={"EUR": 1_500}).offers.get()
    settings.CURRENCIES = ["GBP"]  # type: ignore[attr-defined]
    assert offer.price_in("EUR") is None
    assert prices.shown(offer, "EUR") == offer.price
    assert prices.in_every_currency(offer) == {"USD": 1999}


def test_voices_are_found_and_ordered_by_what_they_cost_in_the_visitors_currency() -> None:
    dear = factories.make_listing(price=1_000, also={"EUR": 3_000})
    cheap = factories.make_listing(price=2_000, also={"EUR": 1_000})
    factories.make_listing(price=500)  # not sold in euros
    found = find(Filters(max_price_minor=1_500, currency="EUR", sort="price"))
    assert (list(found.keys), found.total) == ([cheap.pk], 1)
    ordered = list(find(Filters(currency="EUR", sort="price")).keys)
    assert ordered[:2] == [cheap.pk, dear.pk]
    assert list(find(Filters(words="under 15", currency="EUR")).keys) == [cheap.pk]


def test_rates_of_the_banks_file_are_loaded_once_and_only_of_its_newest_day(tmp_path: Path) -> None:
    file = tmp_path / "rates.xml"
    file.write_text(XML)
    for _ in range(2):
        call_command("load_rates", str(file))
    assert ExchangeRate.objects.count() == 4
    assert rates.current().dated == date(2026, 11, 27)
    assert rates.current().between("USD", "JPY") == 100


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<html></html>",
        XML.replace("2.0000", "0"),
        XML.replace("2.0000", "NaN"),
        XML.replace("2026-11-27", "yesterday"),
        XML.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1),
        XML + " " * rates.MAX_BYTES,
    ],
)
def test_what_is_no_such_file_changes_no_rates(tmp_path: Path, content: str) -> None:
    file = tmp_path / "rates.xml"
    file.write_text(content)
    with pytest.raises(CommandError):
        call_command("load_rates", str(file))
    assert not ExchangeRate.objects.exists()


@pytest.mark.parametrize("address", ["", "http://rates.example/daily.xml"])
def test_rates_are_asked_for_only_at_an_https_address(settings: object, address: str) -> None:
    settings.RATES_URL = address  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="https"):
        call_command("load_rates")


def test_sums_of_any_currency_are_compared_with_one_limit() -> None:
    assert currencies.about(500_00, "USD") == 500_00
    assert currencies.about(75_000, "JPY") == 500_00
    assert currencies.about(500_00, "EUR") > 500_00
