"""Money in, back and out through the real `stripe` client, with a provider that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.licensing.models import Licence, Order
from marketplace.money import Money
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.books import ledger, reconciliation
from marketplace.payouts.creators import onboarding, transfers
from marketplace.payouts.incoming import checkout
from marketplace.payouts.models import (
    Dispute,
    LedgerAccount,
    LedgerEntry,
    Payment,
    ProviderEvent,
    Refund,
    Transfer,
    TransferReversal,
)
from marketplace.payouts.returning import refunds, reversals
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from tests import factories
from tests.sandbox import buy, claimed, follow_events, onboarded, pay, tell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def healthy() -> Iterator[None]:
    yield
    tell("faults")


def _sent(transfer: Transfer) -> Transfer:
    """Let `send_transfer`, which requires its own transactions, run within a test's transaction."""
    return transfers.send_transfer(transfer_id=transfer.pk)


def _owed(licence: Licence, kind: str) -> int:
    return ledger.owed_to(licence.voice.creator, kind, "USD").minor


def _take_in() -> None:
    """Handle every event of the provider, as if its webhooks came now."""
    follow_events()


def test_a_refund_goes_back_and_ends_the_licence() -> None:
    licence = buy()
    payment = Payment.objects.get(order=licence.order)
    refund = refunds.request_refund(
        payment=payment, amount_minor=1999, reason="asked", by=factories.make_user()
    )
    for _ in range(2):
        assert refunds.send_refund(refund_id=refund.pk).state == Refund.State.DONE
    licence.refresh_from_db()
    assert licence.state == Licence.State.REFUNDED
    assert len(stripe_api.refunds_of(payment.payment_intent)) == 1
    assert _owed(licence, Kind.CREATOR_PENDING) == 0
    with pytest.raises(Refused, match="already"):
        refunds.request_refund(payment=payment, amount_minor=1, reason="", by=factories.make_user())


def test_a_refund_that_the_bank_sends_back_is_owed_until_finance_pays_it_another_way() -> None:
    licence = buy()
    payment = Payment.objects.get(order=licence.order)
    refund = refunds.request_refund(
        payment=payment, amount_minor=1999, reason="asked", by=factories.make_user()
    )
    refund = refunds.send_refund(refund_id=refund.pk)
    tell(f"refunds/{refund.provider_id}/return")
    for _ in range(2):
        _take_in()
    refund.refresh_from_db()
    assert refund.state == Refund.State.RETURNED
    assert ledger.balance(ledger.account(Kind.REFUNDS_OWED, "USD")).minor == -1999
    licence.refresh_from_db()
    assert licence.state == Licence.State.REFUNDED
    run = reconciliation.reconcile(
        since=timezone.now() - timedelta(hours=1), until=timezone.now() + timedelta(minutes=1)
    )
    assert refund.provider_id not in {found["object"] for found in run.differences}
    with pytest.raises(Refused):
        refunds.record_paid_elsewhere(refund=refund, reference="B 1", by=factories.make_user())
    client = Client()
    client.force_login(
        appoint_finance(user=factories.make_user()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    address = reverse("storefront:finance-decide-refund", args=[refund.public_id])
    chosen = {"decision": "paid", "reason": "Her account was closed."}
    assert "Give the reference" in client.post(address, chosen, follow=True).content.decode()
    bank = ledger.account(Kind.BANK, "USD")
    before = ledger.balance(bank).minor  # the provider's payouts in other tests, if there were any
    client.post(address, {**chosen, "reference": "B 1"})
    refund.refresh_from_db()
    assert (refund.state, refund.problem) == ("elsewhere", "Paid another way: B 1")
    assert ledger.balance(ledger.account(Kind.REFUNDS_OWED, "USD")).minor == 0
    assert ledger.balance(bank).minor == before - 1999
    call_command("finance_report", month=f"{timezone.now():%Y-%m}")


def test_a_refund_whose_answer_was_lost_is_made_once() -> None:
    licence = buy()
    payment = Payment.objects.get(order=licence.order)
    refund = refunds.request_refund(
        payment=payment, amount_minor=500, reason="", by=factories.make_user()
    )
    tell("faults", fail_after=3, only="/v1/refunds")
    with pytest.raises(PaymentProviderUnavailable):
        refunds.send_refund(refund_id=refund.pk)
    tell("forget")  # the provider forgets idempotency keys after a day
    Refund.objects.filter(pk=refund.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert refunds.send_refund(refund_id=refund.pk).state == Refund.State.DONE
    assert len(stripe_api.refunds_of(payment.payment_intent)) == 1
    assert LedgerEntry.objects.filter(kind="refund").count() == 1


def test_a_refund_made_in_the_providers_dashboard_is_posted() -> None:
    licence = buy()
    payment = Payment.objects.get(order=licence.order)
    stripe_api.create_refund(
        payment_intent=payment.payment_intent, amount=Money(1000, "USD"), key="dashboard",
        public_id="", may_exist=False,
    )  # fmt: skip
    _take_in()
    _take_in()
    payment.refresh_from_db()
    assert payment.refunded_minor == 1000
    assert Refund.objects.get().state == Refund.State.DONE


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_dispute_is_followed_from_events_alone(status: str) -> None:
    licence = buy()
    payment = Payment.objects.get(order=licence.order)
    found = tell("disputes", charge=payment.charge)
    _take_in()
    licence.refresh_from_db()
    assert licence.state == Licence.State.SUSPENDED
    tell(f"disputes/{found['id']}", status=status)
    _take_in()
    licence.refresh_from_db()
    assert licence.state == {"won": "active", "lost": "revoked"}[status]
    assert Dispute.objects.get().state == status


def test_a_dispute_decided_before_we_heard_of_it_is_posted_whole() -> None:
    licence = buy()
    payment = Payment.objects.get(order=licence.order)
    found = tell("disputes", charge=payment.charge)
    tell(f"disputes/{found['id']}", status="won")
    _take_in()
    licence.refresh_from_db()
    assert licence.state == Licence.State.ACTIVE
    assert _owed(licence, Kind.CREATOR_AVAILABLE) == 1699


def test_a_creator_is_paid_after_the_hold() -> None:
    licence = buy(price=5000)
    account = onboarded(licence)
    assert account.transfers_active
    transfer = _sent(claimed(licence))
    assert transfer.state == Transfer.State.PAID
    assert transfer.sent_at is not None
    found = stripe_api.find_transfer(
        transfer.group, account=account.provider_id, since=transfer.sent_at
    )
    assert found == transfer.provider_id
    assert _owed(licence, Kind.CREATOR_AVAILABLE) == _owed(licence, Kind.CREATOR_IN_TRANSIT) == 0


def test_a_transfer_whose_answer_was_lost_is_looked_up_and_sent_once() -> None:
    licence = buy(price=5000)
    account = onboarded(licence)
    transfer = claimed(licence)
    tell("faults", fail_after=3, only="/v1/transfers")
    with pytest.raises(PaymentProviderUnavailable):
        _sent(transfer)
    transfer.refresh_from_db()
    assert transfer.state == Transfer.State.SENDING
    tell("forget")
    assert _sent(transfer).state == Transfer.State.PAID
    sent = httpx.get(
        f"{settings.STRIPE_API_BASE}/v1/transfers",
        params={"destination": account.provider_id, "limit": 10},
        headers={"Authorization": "Bearer sk_test_sandbox"},
    ).json()["data"]
    assert [t["amount"] for t in sent] == [4250]


def test_a_transfer_that_the_provider_refuses_is_payable_again() -> None:
    licence = buy(price=5000)
    account = onboarded(licence)
    transfer = claimed(licence)
    tell(f"accounts/{account.provider_id}/restrict")
    assert _sent(transfer).state == Transfer.State.REFUSED
    assert _owed(licence, Kind.CREATOR_AVAILABLE) == 4250
    account.refresh_from_db()
    assert not account.transfers_active
    tell(f"accounts/{account.provider_id}/onboard")
    _take_in()
    account.refresh_from_db()
    assert account.transfers_active
    assert transfers.begin_payouts() == 1


def test_a_refund_after_the_payout_is_taken_back_from_the_transfer() -> None:
    licence = buy(price=5000)
    onboarded(licence)
    _sent(claimed(licence))
    payment = Payment.objects.get(order=licence.order)
    refund = refunds.request_refund(
        payment=payment, amount_minor=2500, reason="", by=factories.make_user()
    )
    refunds.send_refund(refund_id=refund.pk)
    [reversal] = reversals.claim_reversals(payment=payment)
    assert reversals.send_reversal(reversal_id=reversal.pk).state == TransferReversal.State.DONE
    assert _owed(licence, Kind.CREATOR_DEBT) == 0


def test_what_has_reached_the_creators_bank_stays_a_debt() -> None:
    licence = buy(price=5000)
    account = onboarded(licence)
    _sent(claimed(licence))
    tell(f"accounts/{account.provider_id}/pay_out")
    payment = Payment.objects.get(order=licence.order)
    refund = refunds.request_refund(
        payment=payment, amount_minor=5000, reason="", by=factories.make_user()
    )
    refunds.send_refund(refund_id=refund.pk)
    [reversal] = reversals.claim_reversals(payment=payment)
    assert reversals.send_reversal(reversal_id=reversal.pk).state == TransferReversal.State.REFUSED
    assert _owed(licence, Kind.CREATOR_DEBT) == 4250


def test_both_books_agree_whatever_happened(capsys: Any) -> None:
    before = timezone.now() - timedelta(seconds=1)
    licence = buy(price=5000)
    onboarded(licence)
    _sent(claimed(licence))
    payment = Payment.objects.get(order=licence.order)
    refund = refunds.request_refund(
        payment=payment, amount_minor=700, reason="", by=factories.make_user()
    )
    refunds.send_refund(refund_id=refund.pk)
    for reversal in reversals.claim_reversals(payment=payment):
        reversals.send_reversal(reversal_id=reversal.pk)
    second = Payment.objects.get(order=buy().order)
    found = tell("disputes", charge=second.charge)
    tell(f"disputes/{found['id']}", status="won")
    _take_in()
    until = timezone.now() + timedelta(seconds=2)
    run = reconciliation.reconcile(since=before, until=until)
    ours = {r for r in LedgerEntry.objects.values_list("provider_reference", flat=True) if r}
    assert run.compared >= 7
    assert [d for d in run.differences if d["object"] in ours] == []


def test_a_difference_between_the_books_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = timezone.now() - timedelta(seconds=1)
    licence = buy()
    charge = Payment.objects.get(order=licence.order).charge
    clearing, fees = ledger.account(Kind.STRIPE_CLEARING, "USD"), ledger.account(Kind.FEES, "USD")
    ledger.post(
        kind="fee", idempotency_key="wrong", provider_reference=charge,
        lines=[(fees, 1), (clearing, -1)],
    )  # fmt: skip
    until = timezone.now() + timedelta(seconds=2)
    run = reconciliation.reconcile(since=before, until=until)
    [difference] = [d for d in run.differences if d["object"] == charge]
    assert difference["provider_minor"] - difference["ledger_minor"] == 1
    monkeypatch.setattr(reconciliation, "SETTLES", timedelta(seconds=-2))
    with pytest.raises(CommandError, match="differ"):
        call_command("reconcile", days=1)


def test_tax_is_collected_and_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STRIPE_TAX", True)
    tell("tax", percent=20)
    licence = buy()
    payment = Payment.objects.get(order=licence.order)
    assert (payment.amount_minor, payment.tax_minor) == (2399, 400)
    assert _owed(licence, Kind.CREATOR_PENDING) == 1699


def test_events_that_were_lost_are_found_by_the_sweep() -> None:
    order = factories.make_order()
    pay(order)
    Order.objects.filter(pk=order.pk).update(checkout_session="")
    provider_events.sweep()
    for event in ProviderEvent.objects.filter(kind="checkout.session.completed"):
        provider_events.process_event(event_pk=event.pk)
    assert Licence.objects.filter(order=order).exists()


def test_an_order_is_paid_though_the_checkout_failed_at_first() -> None:
    order = factories.make_order()
    tell("faults", fail_after=3, only="/v1/checkout")
    with pytest.raises(PaymentProviderUnavailable):
        checkout.begin_checkout(order=order)
    tell("faults")
    pay(order)
    assert checkout.confirm_payment(order=order) is not None
    assert LedgerEntry.objects.filter(kind="sale").count() == 1


def test_a_country_that_the_provider_does_not_serve_is_a_clear_message() -> None:
    licence = buy()
    creator = licence.voice.creator
    creator.country = "KP"
    creator.save()
    with pytest.raises(ProviderRefused, match="KP"):
        onboarding.begin_onboarding(creator=creator, by=creator.user)


def test_the_sandbox_refuses_what_the_client_does_not_know() -> None:
    answer = httpx.post(
        f"{settings.STRIPE_API_BASE}/v1/transfers",
        data={"amount": "1", "destination": "acct_1", "surprise": "1"},
        headers={"Authorization": "Bearer sk_test_sandbox"},
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Missing required param: currency."


def test_the_finance_report_prints_its_proof(capsys: Any) -> None:
    buy()
    call_command("finance_report", month=f"{timezone.now():%Y-%m}")
    printed = capsys.readouterr().out
    assert "$19.99" in printed
    assert "OFF BY" not in printed
    assert printed.count("adds up") == 4


def test_finance_refunds_on_its_desk_and_moderators_can_not() -> None:
    licence = buy()
    payment = Payment.objects.get(order=licence.order)
    url = reverse("storefront:finance-refund", args=[payment.public_id])
    page = reverse("storefront:finance-payment", args=[payment.public_id])
    asked = {"amount": "5.00", "reason": "A mistake of ours."}
    moderator, finance = Client(), Client()
    moderator.force_login(
        factories.make_moderator(), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert moderator.post(url, asked).status_code == 403
    assert not Refund.objects.exists()
    user = factories.make_user()
    call_command("appoint", user.email, "--as", "finance")
    finance.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "$19.99" in finance.get(page).text  # it asks how much, and why
    assert not Refund.objects.exists()
    shown = finance.post(url, asked)
    assert shown.status_code == 200
    for words in ("$5.00", licence.buyer.email, "A mistake of ours."):
        assert words in shown.text, words
    assert not Refund.objects.exists()
    assert finance.post(url, {**asked, "confirmed": "yes"}).status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.reason) == (500, "A mistake of ours.")
    assert finance.get(reverse("admin:listings_listing_changelist")).status_code == 403


def test_an_amount_to_refund_that_is_not_in_digits_is_not_taken_for_all_of_it() -> None:
    payment = Payment.objects.get(order=buy().order)
    user, finance = factories.make_user(), Client()
    call_command("appoint", user.email, "--as", "finance")
    finance.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("storefront:finance-refund", args=[payment.public_id])
    for written in ("5,00", "-5", "+12", "12.", "five", "1e3", "٣"):
        answer = finance.post(address, {"amount": written, "reason": "A mistake."})
        assert "in digits" in answer.text, written
    assert not Refund.objects.exists()
    for written in ("12.505", "12.000"):  # a dollar has two
        answer = finance.post(address, {"amount": written, "reason": "Ours.", "confirmed": "yes"})
        assert "more decimals than USD" in answer.text, written
    assert not Refund.objects.exists()
    finance.post(address, {"amount": " 12 ", "reason": "Ours.", "confirmed": "yes"})
    assert Refund.objects.get().amount_minor == 1200


def test_a_refund_without_a_reason_is_not_made() -> None:
    payment = Payment.objects.get(order=buy().order)
    finance = Client()
    finance.force_login(
        appoint_finance(user=factories.make_user()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    address = reverse("storefront:finance-refund", args=[payment.public_id])
    for confirmed in ({}, {"confirmed": "yes"}):
        assert finance.post(address, {"reason": " ", **confirmed}).status_code == 200
    assert not Refund.objects.exists()


def test_a_large_refund_is_sent_only_after_a_second_person_approved_it() -> None:
    payment = Payment.objects.get(order=buy(price=90_000).order)
    first, second = (appoint_finance(user=factories.make_user()) for _ in range(2))
    refund = refunds.request_refund(
        payment=payment, amount_minor=60_000, reason="A mistake.", by=first
    )
    assert refunds.send_refund(refund_id=refund.pk).state == Refund.State.PROPOSED
    with pytest.raises(Refused, match="Between 1 and 30000"):
        refunds.request_refund(payment=payment, amount_minor=40_000, reason="", by=first)
    with pytest.raises(Refused, match="somebody else"):
        refunds.decide_proposed(refund=refund, approve=True, by=first)
    refunds.decide_proposed(refund=refund, approve=True, by=second)
    done = refunds.send_refund(refund_id=refund.pk)
    assert (done.state, done.approved_by) == (Refund.State.DONE, second)
    again = refunds.request_refund(payment=payment, amount_minor=30_000, reason="", by=first)
    assert again.state == Refund.State.REQUESTED


def test_a_large_refund_can_be_dropped_before_it_is_sent() -> None:
    payment = Payment.objects.get(order=buy(price=90_000).order)
    finance = appoint_finance(user=factories.make_user())
    refund = refunds.request_refund(
        payment=payment, amount_minor=60_000, reason="A mistake.", by=finance
    )
    client = Client()
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("storefront:finance-decide-refund", args=[refund.public_id])
    client.post(address, {"decision": "drop", "reason": "A slip."})
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert not stripe_api.refunds_of(payment.payment_intent)
