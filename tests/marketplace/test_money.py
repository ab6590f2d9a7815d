"""Money and the ledger."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from marketplace.licensing.models import Order
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.incoming.sales import Charge, record_sale
from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine, Payment
from marketplace.payouts.queries import balances_of
from marketplace.storefront.filter_form import FilterForm
from tests import factories
from tests.money import check_now
from tests.processor_time import within

Kind = LedgerAccount.Kind


def post_sale(order: Order, fee: int = 88) -> Payment:
    """The sale of an order that was paid without tax."""
    charge = Charge(
        f"ch_{order.public_id}", "pi_test", order.price, Money(0, order.currency),
        Money(fee, order.currency),
    )  # fmt: skip
    return record_sale(order=order, licence=order.granted, charge=charge)


pytestmark = pytest.mark.django_db


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_split_loses_nothing_and_rounds_the_fee_half_up(minor: int, basis_points: int) -> None:
    fee, rest = Money(minor, "USD").split(basis_points)
    assert fee.minor + rest.minor == minor
    assert abs(fee.minor - minor * basis_points / 10_000) <= 0.5


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [("12.50", "USD", 1250), ("1500", "JPY", 1500), ("0.005", "EUR", 1), ("3", "GBP", 300)],
)
def test_an_amount_is_read_in_the_digits_its_currency_has(
    written: str, currency: str, minor: int
) -> None:
    money = Money.parse(written, currency)
    assert money == Money(minor, currency)
    assert Money.parse(money.amount, currency) == money


@pytest.mark.parametrize("written", ["", "ten", "NaN", "Infinity", "1e999999999"])
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money.parse(written, "USD")


def test_a_price_in_yen_has_no_hundredths(settings: Any) -> None:
    settings.CURRENCY = "JPY"
    form = FilterForm({"max_price": "1500"})
    assert form.filters().max_price_minor == 1500


@pytest.mark.parametrize(
    "written", ["1e900000", "9" * 5000, "1e18", "-1e900000", "NaN", "Infinity"]
)
def test_more_than_there_is_is_no_amount_and_is_not_counted_out(written: str) -> None:
    with within(1):
        with pytest.raises(ValueError, match="is not an amount"):
            Money.parse(written, "USD")
        assert FilterForm({"max_price": written}).filters().max_price_minor is None


def test_money_shows_the_digits_its_currency_has() -> None:
    assert str(Money(123456, "USD")) == "$1,234.56"
    assert str(Money(500, "JPY")) == "¥500"
    assert str(Money(999, "CHF")) == "9.99 CHF"
    with pytest.raises(ValueError, match="can't be added"):
        Money(1, "USD") + Money(1, "EUR")


def test_a_sale_is_split_85_to_15_to_the_cent() -> None:
    order = factories.make_licence(factories.make_listing(price=1999)).order
    post_sale(order)
    post_sale(order)
    creator = order.offer.listing.voice.creator
    [balances] = balances_of(creator)
    assert (balances.pending, balances.total) == (Money(1699, "USD"), Money(1699, "USD"))
    assert ledger.balance(ledger.account(Kind.COMMISSION, "USD")) == Money(-300, "USD")
    assert ledger.balance(ledger.account(Kind.FEES, "USD")) == Money(88, "USD")
    assert ledger.balance(ledger.account(Kind.STRIPE_CLEARING, "USD")) == Money(1911, "USD")
    earning = creator.earnings.get()
    assert (earning.gross_minor, earning.commission_minor, earning.share_minor) == (1999, 300, 1699)


def test_the_database_refuses_an_entry_that_does_not_sum_to_zero() -> None:
    cash = ledger.account(Kind.STRIPE_CLEARING, "USD")
    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        ledger.post(kind=LedgerEntry.Kind.SALE, idempotency_key="bad", lines=[(cash, 100)])
        check_now()
    assert not LedgerEntry.objects.filter(idempotency_key="bad").exists()


def test_the_database_refuses_a_line_in_another_currency() -> None:
    cash = ledger.account(Kind.STRIPE_CLEARING, "USD")
    entry = LedgerEntry.objects.create(kind="sale", idempotency_key="currency")
    with pytest.raises(IntegrityError, match="currency of its account"), transaction.atomic():
        LedgerLine.objects.create(entry=entry, account=cash, amount_minor=1, currency="EUR")


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_or_remove_a_line(change: str) -> None:
    order = factories.make_licence().order
    post_sale(order)
    before = list(LedgerLine.objects.values_list("pk", "amount_minor"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        if change == "update":
            LedgerLine.objects.update(amount_minor=1)
        else:
            LedgerLine.objects.all()._raw_delete("default")
    assert list(LedgerLine.objects.values_list("pk", "amount_minor")) == before


@pytest.mark.parametrize(
    ("written", "currency", "minor", "shown"),
    [
        ("1.234", "KWD", 1234, "1.234 KWD"),
        ("1500", "VND", 1500, "1,500 VND"),
        (" 12.50 ", "EUR", 1250, "€12.50"),
        ("90071992547409.93", "USD", 9_007_199_254_740_993, "$90,071,992,547,409.93"),
    ],
)
def test_amounts_have_no_three_or_no_digits_as_their_currency_has(
    written: str, currency: str, minor: int, shown: str
) -> None:
    assert Money.parse(written, currency) == Money(minor, currency)
    assert str(Money(minor, currency)) == shown
