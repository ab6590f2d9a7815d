"""Payments that settle in another currency than they were made in: no books that mix the two."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from django.conf import settings
from django.utils import timezone

from marketplace.payouts import stripe_api
from marketplace.payouts.books import conversions, ledger
from marketplace.payouts.books.reconciliation import reconcile
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.creators import transfers
from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine, Payment, Transfer
from marketplace.payouts.returning import refunds
from tests import factories
from tests.money import check_now
from tests.sandbox import behave, buy, claimed, follow_events, onboarded, tell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
IN_EUROS = {"settles_in": "eur", "exchange_rate": 0.9}  # 19.99 dollars are 17.99 euros
FEE = 82  # of 17.99: 2.9% and 0.30


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    """When the test began, with a provider whose balance is in euros."""
    behave(**IN_EUROS)
    yield timezone.now() - timedelta(seconds=1)
    behave()


def _balance(kind: str, currency: str) -> int:
    return ledger.balance(ledger.account(kind, currency)).minor


def _differences(since: datetime, *objects: str) -> list[dict[str, object]]:
    run = reconcile(since=since, until=timezone.now() + timedelta(seconds=2))
    return [found for found in run.differences if found["object"] in objects]


def _adds_up() -> None:
    check_now()
    now = timezone.now()
    for report in finance_report(now.year, now.month):
        assert report.adds_up, (report.currency, report.proofs)


def test_a_sale_is_in_its_own_currency_and_the_money_and_fee_in_that_of_the_balance() -> None:
    payment = Payment.objects.get(order=buy().order)
    assert (payment.amount_minor, payment.currency, payment.settles_in) == (1999, "USD", "EUR")
    assert (_balance(Kind.STRIPE_CLEARING, "USD"), _balance(Kind.FEES, "USD")) == (0, 0)
    assert _balance(Kind.STRIPE_CLEARING, "EUR") == 1799 - FEE
    assert _balance(Kind.FEES, "EUR") == FEE
    assert _balance(Kind.CONVERSION, "USD") == 1999
    assert _balance(Kind.CONVERSION, "EUR") == -1799
    assert _balance(Kind.COMMISSION, "USD") == -300
    _adds_up()


def test_a_sale_in_the_currency_of_the_balance_converts_nothing() -> None:
    behave()
    assert Payment.objects.get(order=buy().order).settles_in == ""
    assert not LedgerEntry.objects.filter(kind=LedgerEntry.Kind.CONVERTED).exists()


def test_a_conversion_that_is_known_later_is_booked_later_and_once(since: datetime) -> None:
    behave(**IN_EUROS, late_balance_transactions=True)
    payment = Payment.objects.get(order=buy().order)
    assert _balance(Kind.STRIPE_CLEARING, "USD") == 1999
    tell(f"charges/{payment.charge}/book")
    for _ in range(2):
        follow_events(since)
    assert _balance(Kind.STRIPE_CLEARING, "USD") == 0
    assert _balance(Kind.STRIPE_CLEARING, "EUR") == 1799 - FEE
    assert _differences(since, payment.charge) == []


def test_a_refund_at_another_rate_leaves_the_difference_in_the_conversion_accounts(
    since: datetime,
) -> None:
    payment = Payment.objects.get(order=buy().order)
    behave(settles_in="eur", exchange_rate=0.95)
    asked = refunds.request_refund(
        payment=payment, amount_minor=1999, reason="asked", by=factories.make_user()
    )
    refund = refunds.send_refund(refund_id=asked.pk)
    follow_events(since)
    assert _balance(Kind.CONVERSION, "USD") == 0
    assert _balance(Kind.CONVERSION, "EUR") == 1899 - 1799
    assert _differences(since, payment.charge, str(refund.provider_id)) == []
    _adds_up()


def test_a_dispute_takes_its_fee_in_the_currency_of_the_balance(since: datetime) -> None:
    payment = Payment.objects.get(order=buy().order)
    dispute = tell("disputes", charge=payment.charge)["id"]
    follow_events(since)
    assert (_balance(Kind.DISPUTE_COSTS, "USD"), _balance(Kind.DISPUTE_COSTS, "EUR")) == (0, 1500)
    tell(f"disputes/{dispute}", status="won")
    follow_events(since)
    assert _balance(Kind.STRIPE_CLEARING, "USD") == 0
    assert _balance(Kind.STRIPE_CLEARING, "EUR") == 1799 - FEE - 1500
    assert _differences(since, payment.charge, dispute) == []
    _adds_up()


def test_the_nightly_comparison_books_conversions_that_no_event_told_of(since: datetime) -> None:
    payment = Payment.objects.get(order=buy().order)
    asked = refunds.request_refund(
        payment=payment, amount_minor=500, reason="asked", by=factories.make_user()
    )
    refund = refunds.send_refund(refund_id=asked.pk)
    assert _balance(Kind.STRIPE_CLEARING, "USD") == -500
    assert _differences(since, str(refund.provider_id)) == []
    assert _balance(Kind.STRIPE_CLEARING, "USD") == 0


def test_a_conversion_is_booked_in_the_month_of_what_it_converts(since: datetime) -> None:
    [movement] = stripe_api.movements_of(Payment.objects.get(order=buy().order).charge)
    assert movement.converted is not None
    earlier = since.replace(day=1) - timedelta(days=1)
    sale = LedgerEntry.objects.create(
        kind=LedgerEntry.Kind.SALE, idempotency_key="earlier", provider_reference="ch_1", at=earlier
    )
    for kind, minor in ((Kind.STRIPE_CLEARING, 1999), (Kind.COMMISSION, -1999)):
        LedgerLine.objects.create(
            entry=sale, account=ledger.account(kind, "USD"), amount_minor=minor, currency="USD"
        )
    conversions.post_conversion(dataclasses.replace(movement, id="txn_1", source="ch_1"))
    check_now()
    found = LedgerEntry.objects.get(idempotency_key="converted-txn_1")
    assert (found.at, found.happened_at) == (earlier, movement.at)


def test_what_the_ledger_does_not_know_is_a_difference_and_converts_nothing(
    since: datetime,
) -> None:
    charge = Payment.objects.get(order=buy().order).charge
    [movement] = stripe_api.movements_of(charge)
    unknown = stripe_api.Movement(
        "txn_x", "charge", "ch_nobody", 1717, "EUR", FEE, movement.converted
    )
    conversions.post_conversion(unknown)
    assert not LedgerEntry.objects.filter(provider_reference="ch_nobody").exists()


def _empty_the_balance_in_dollars() -> None:
    """Take out what other tests of this sandbox had paid in."""
    behave()  # else what is taken out would be converted, too
    answer = httpx.get(
        f"{settings.STRIPE_API_BASE}/v1/balance",
        headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
    )
    for each in answer.json()["available"]:
        if each["currency"] == "usd" and each["amount"]:
            tell("balance/top_up", amount=-each["amount"], currency="usd")
    behave(**IN_EUROS)


def test_a_share_that_was_converted_on_its_way_is_paid_from_the_balance_in_its_currency() -> None:
    _empty_the_balance_in_dollars()
    licence = buy(price=5000)
    account = onboarded(licence)
    transfer = claimed(licence)
    sent = transfers.send_transfer(transfer_id=transfer.pk)
    account.refresh_from_db()
    assert (sent.state, account.transfers_active) == (Transfer.State.SENDING, True)
    behave()  # the platform keeps a balance in dollars, too
    tell("balance/top_up", amount=1_000_000, currency="usd")
    Transfer.objects.update(retry_at=None)
    sent = transfers.send_transfer(transfer_id=transfer.pk)
    assert (sent.state, sent.currency) == (Transfer.State.PAID, "USD")
