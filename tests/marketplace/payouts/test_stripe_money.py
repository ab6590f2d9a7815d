"""Stripe's ways with payments, balances, refunds and disputes, as our code meets them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from marketplace.licensing import quotes
from marketplace.licensing.models import Licence, Order
from marketplace.money import Money
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.books import ledger, reconciliation
from marketplace.payouts.creators import earnings, onboarding, transfers
from marketplace.payouts.incoming import checkout
from marketplace.payouts.models import (
    Dispute,
    Earning,
    LedgerAccount,
    LedgerEntry,
    Payment,
    PayoutAccount,
    ProviderEvent,
    Refund,
    Transfer,
)
from marketplace.payouts.returning import refunds
from marketplace.refusals import PaymentProviderUnavailable
from tests import factories
from tests.sandbox import behave, buy, claimed, follow_events, onboarded, pay, tell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    """When the test began; afterwards the sandbox behaves as usual again."""
    yield timezone.now() - timedelta(seconds=1)
    tell("faults")
    behave()


def _balance(kind: str, currency: str = "USD") -> int:
    return ledger.balance(ledger.account(kind, currency)).minor


def _refund(licence: Licence, minor: int) -> Refund:
    payment = Payment.objects.get(order=licence.order)
    refund = refunds.request_refund(
        payment=payment, amount_minor=minor, reason="asked", by=factories.make_user()
    )
    return refunds.send_refund(refund_id=refund.pk)


def _dispute(licence: Licence, **how: object) -> str:
    charge = Payment.objects.get(order=licence.order).charge
    found: str = tell("disputes", charge=charge, **how)["id"]
    return found


# Payments


def test_an_asynchronous_payment_buys_nothing_until_the_money_is_there(since: datetime) -> None:
    behave(asynchronous_payments=True)
    order = factories.make_order()
    session = pay(order)
    follow_events(since)
    assert not Licence.objects.filter(order=order).exists()
    tell(f"sessions/{session}/settle")
    follow_events(since)
    assert Licence.objects.filter(order=order).exists()


def test_an_order_whose_asynchronous_payment_failed_is_over(since: datetime) -> None:
    behave(asynchronous_payments=True)
    order = factories.make_order()
    tell(f"sessions/{pay(order)}/settle", paid=False)
    follow_events(since)
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED


def test_an_order_whose_page_has_expired_is_over(since: datetime) -> None:
    order = factories.make_order()
    checkout.begin_checkout(order=order)
    order.refresh_from_db()
    tell(f"sessions/{order.checkout_session}/expire")
    follow_events(since)
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED


def test_a_fee_that_is_known_later_is_booked_later(since: datetime) -> None:
    behave(late_balance_transactions=True)
    payment = Payment.objects.get(order=buy().order)
    assert payment.fee_minor == 0
    tell(f"charges/{payment.charge}/book")
    follow_events(since)
    payment.refresh_from_db()
    assert payment.fee_minor == 88
    assert _balance(Kind.FEES) == 88


def test_what_settles_in_another_currency_is_booked_as_stripe_books_it(since: datetime) -> None:
    behave(settles_in="eur", exchange_rate=0.9)
    licence = buy()
    run = reconciliation.reconcile(since=since, until=timezone.now() + timedelta(seconds=2))
    charge = Payment.objects.get(order=licence.order).charge
    assert charge not in {found["object"] for found in run.differences}


@pytest.mark.parametrize("currency", ["EUR", "JPY"])
def test_a_sale_in_another_currency_pays_its_creator_in_it(
    currency: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "CURRENCY", currency)
    licence = buy(price=5000)
    payment = Payment.objects.get(order=licence.order)
    assert (payment.amount_minor, payment.currency) == (5000, currency)
    onboarded(licence)
    earnings.release_due(timezone.now() + timedelta(days=60))
    [transfer] = transfers.claim_transfers(creator=licence.voice.creator, currency=currency)
    assert transfers.send_transfer(transfer_id=transfer.pk).state == Transfer.State.PAID
    assert _balance(Kind.STRIPE_CLEARING, "USD") == 0


def test_tax_within_a_price_and_tax_upon_it_are_both_kept_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "STRIPE_TAX", True)
    behave(tax_percent=20, tax_inclusive=True)  # a licence says that its price is without tax
    payment = Payment.objects.get(order=buy().order)
    assert (payment.amount_minor, payment.tax_minor) == (2399, 400)


def test_the_dearest_quote_can_be_paid() -> None:
    stripe_api.create_checkout(
        reference="dear", name="A licence", price=Money(quotes.MAX_PRICE_MINOR, "USD"),
        email="buyer@example.com", success_url="https://example.com/ok",
        cancel_url="https://example.com/no", key="dear",
    )  # fmt: skip


# The balance


def test_what_is_pending_can_be_transferred_from_its_charge() -> None:
    behave(pending_days=7)
    licence = buy(price=5000)
    onboarded(licence)
    assert transfers.send_transfer(transfer_id=claimed(licence).pk).state == Transfer.State.PAID


def test_an_empty_balance_is_the_platforms_matter_and_not_the_creators(since: datetime) -> None:
    licence = buy(price=5000)
    account = onboarded(licence)
    dispute = _dispute(licence)
    follow_events(since)
    tell(f"disputes/{dispute}", status="won")  # the creator's part is now paid from the balance
    follow_events(since)
    tell("balance/pay_out")
    sent = transfers.send_transfer(transfer_id=claimed(licence).pk)
    tell("balance/top_up", amount=1_000_000, currency="usd")
    assert sent.state != Transfer.State.PAID
    account.refresh_from_db()
    assert account.transfers_active


def test_payouts_to_the_bank_are_no_difference_between_the_books(since: datetime) -> None:
    behave(pending_days=2, automatic_payouts=True)
    licence = buy()
    tell("balance/settle")
    tell("balance/top_up", amount=1_000_000, currency="usd")
    run = reconciliation.reconcile(since=since, until=timezone.now() + timedelta(seconds=2))
    found = {difference["object"] for difference in run.differences}
    assert Payment.objects.get(order=licence.order).charge not in found
    assert not [each for each in found if each.startswith(("po_", "tu_"))]


def test_events_about_what_has_no_id_are_stored_and_done(since: datetime) -> None:
    behave(pending_days=2)
    buy()
    tell("balance/settle")
    follow_events(since)
    found = ProviderEvent.objects.filter(kind="balance.available")
    assert {(event.object_id, event.error) for event in found} == {("", "")}
    assert None not in {event.processed_at for event in found}


def test_a_transfer_with_the_group_of_its_charge_is_found_again() -> None:
    licence = buy(price=5000)
    onboarded(licence)
    transfer = claimed(licence)
    tell("faults", fail_after=3, only="/v1/transfers")
    with pytest.raises(PaymentProviderUnavailable):
        transfers.send_transfer(transfer_id=transfer.pk)
    tell("forget")
    assert transfers.send_transfer(transfer_id=transfer.pk).state == Transfer.State.PAID


def test_a_change_of_an_account_that_no_webhook_told_is_found(since: datetime) -> None:
    behave(accounts_apart=True)
    account = onboarded(buy())
    tell(f"accounts/{account.provider_id}/restrict")
    follow_events(since)
    account.refresh_from_db()
    assert not account.transfers_active


def test_the_nightly_sweep_checks_accounts_that_were_not_checked_lately() -> None:
    behave(accounts_apart=True)
    account = onboarded(buy())
    tell(f"accounts/{account.provider_id}/restrict")
    provider_events.sweep()
    account.refresh_from_db()
    assert account.transfers_active  # it was checked just now
    PayoutAccount.objects.update(checked_at=timezone.now() - timedelta(days=1))
    provider_events.sweep()
    account.refresh_from_db()
    assert not account.transfers_active


def test_an_account_that_is_gone_does_not_keep_the_others_from_being_checked() -> None:
    account = onboarded(buy())
    PayoutAccount.objects.create(creator=factories.make_creator(), provider_id="acct_gone")
    tell(f"accounts/{account.provider_id}/restrict")
    assert onboarding.refresh_all() == 1
    account.refresh_from_db()
    assert not account.transfers_active


# Refunds


def test_a_refund_that_fails_at_once_is_nobodys_money() -> None:
    licence = buy()
    behave(refunds="fail")
    assert _refund(licence, 1999).state == Refund.State.FAILED
    licence.refresh_from_db()
    assert licence.state == Licence.State.ACTIVE
    assert not LedgerEntry.objects.filter(kind="refund").exists()


@pytest.mark.parametrize(("then", "state"), [("settle", "done"), ("return", "returned")])
def test_a_refund_that_waits_is_followed_to_its_end(then: str, state: str, since: datetime) -> None:
    licence = buy()
    behave(refunds="wait")
    refund = _refund(licence, 1999)
    assert refund.state == Refund.State.DONE  # the money has left the balance
    tell(f"refunds/{refund.provider_id}/{then}")
    follow_events(since)
    refund.refresh_from_db()
    assert refund.state == state


# Disputes


def test_a_warning_of_fraud_moves_no_money(since: datetime) -> None:
    licence = buy()
    tell(f"charges/{Payment.objects.get(order=licence.order).charge}/warn")
    follow_events(since)
    licence.refresh_from_db()
    assert licence.state == Licence.State.ACTIVE
    assert not Dispute.objects.exists()


def test_an_inquiry_moves_no_money_until_it_becomes_a_dispute(since: datetime) -> None:
    licence = buy()
    dispute = _dispute(licence, status="warning_needs_response")
    follow_events(since)
    assert not Dispute.objects.exists()
    tell(f"disputes/{dispute}", status="needs_response")
    follow_events(since)
    assert Dispute.objects.get().amount_minor == 1999


def test_an_inquiry_that_is_closed_moved_no_money(since: datetime) -> None:
    licence = buy()
    tell(f"disputes/{_dispute(licence, status='warning_needs_response')}", status="warning_closed")
    follow_events(since)
    assert not Dispute.objects.exists()


def test_a_dispute_that_was_prevented_moved_no_money(since: datetime) -> None:
    licence = buy()
    _dispute(licence, status="prevented")
    follow_events(since)
    licence.refresh_from_db()
    assert licence.state == Licence.State.ACTIVE
    assert not LedgerEntry.objects.filter(kind=LedgerEntry.Kind.DISPUTE).exists()


def test_a_dispute_that_is_won_after_an_appeal_is_won(since: datetime) -> None:
    licence = buy()
    dispute = _dispute(licence)
    for status in ("lost", "appeal_under_review", "won"):
        tell(f"disputes/{dispute}", status=status)
        follow_events(since)
    assert Dispute.objects.get().state == Dispute.State.WON
    assert Earning.objects.filter(source=Earning.Source.DISPUTE).exists()


def test_a_dispute_of_the_whole_after_a_refund_gives_no_tax_back_twice(
    monkeypatch: pytest.MonkeyPatch, since: datetime
) -> None:
    monkeypatch.setattr(settings, "STRIPE_TAX", True)
    behave(tax_percent=20)
    licence = buy()
    _refund(licence, 1200)
    _dispute(licence, whole=True)
    follow_events(since)
    assert Dispute.objects.get().amount_minor == 2399
    assert _balance(Kind.TAX) == 0


def test_a_dispute_of_the_rest_after_a_refund_gives_back_exactly_everything(
    monkeypatch: pytest.MonkeyPatch, since: datetime
) -> None:
    monkeypatch.setattr(settings, "STRIPE_TAX", True)
    behave(tax_percent=20)
    licence = buy()
    _refund(licence, 1200)
    _dispute(licence)
    follow_events(since)
    assert _balance(Kind.TAX) == 0


def test_the_provider_knows_a_movement_for_every_entry(since: datetime) -> None:
    licence = buy()
    _refund(licence, 500)
    movements = stripe_api.movements(since, timezone.now() + timedelta(seconds=2))
    assert {"charge", "refund"} <= {movement.kind for movement in movements}
