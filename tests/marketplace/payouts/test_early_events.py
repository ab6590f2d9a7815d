"""Events that come before what they are about, fail, or tell what was not known at first."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.licensing.models import Licence
from marketplace.money import Money
from marketplace.payouts import provider_events, stripe_api, tasks
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import earnings
from marketplace.payouts.incoming import checkout
from marketplace.payouts.models import Dispute, LedgerAccount, Payment, ProviderEvent, Refund
from marketplace.refusals import PaymentProviderUnavailable
from tests import factories
from tests.sandbox import buy, pay, tell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


def _arrives(kind: str, object_id: str) -> ProviderEvent:
    event = provider_events.store_event(f"evt_{kind}_{object_id}", kind, object_id)
    ProviderEvent.objects.filter(pk=event.pk).update(processed_at=None)
    provider_events.process_event(event_pk=event.pk)
    event.refresh_from_db()
    return event


def _act_on_what_waits() -> None:
    provider_events.requeue_pending()
    for event in ProviderEvent.objects.filter(processed_at=None):
        provider_events.process_event(event_pk=event.pk)


def _paid_but_not_recorded() -> tuple[checkout.Order, stripe_api.Checkout]:
    order = factories.make_order()
    return order, stripe_api.fetch_checkout(pay(order))


def test_a_refund_that_comes_before_its_payment_is_applied_when_the_payment_comes() -> None:
    order, paid = _paid_but_not_recorded()
    made = stripe_api.create_refund(
        payment_intent=paid.payment_intent, amount=paid.amount, key="early", public_id="",
        may_exist=False,
    )  # fmt: skip
    events = [_arrives("charge.refunded", paid.charge), _arrives("refund.updated", made.id)]
    assert [event.waits_for for event in events] == [paid.charge, paid.charge]
    licence = checkout.confirm_payment(order=order)
    assert licence is not None
    _act_on_what_waits()
    licence.refresh_from_db()
    assert licence.state == Licence.State.REFUNDED
    assert Refund.objects.get().state == Refund.State.DONE
    assert not ProviderEvent.objects.exclude(waits_for="").exists()
    earnings.release_due(timezone.now() + timedelta(days=60))
    assert ledger.owed_to(licence.voice.creator, Kind.CREATOR_AVAILABLE, "USD").minor == 0


def test_a_dispute_that_comes_before_its_payment_is_applied_when_the_payment_comes() -> None:
    order, paid = _paid_but_not_recorded()
    found = tell("disputes", charge=paid.charge)
    assert _arrives("charge.dispute.created", found["id"]).waits_for == paid.charge
    licence = checkout.confirm_payment(order=order)
    assert licence is not None
    _act_on_what_waits()
    licence.refresh_from_db()
    assert licence.state == Licence.State.SUSPENDED
    assert Dispute.objects.get().state == Dispute.State.OPEN


def test_what_is_about_a_charge_of_somebody_else_waits_and_disturbs_nobody() -> None:
    _, paid = _paid_but_not_recorded()
    event = _arrives("charge.refunded", paid.charge)
    assert event.processed_at is not None
    assert provider_events.requeue_pending() == 0


def test_a_fee_that_is_told_after_the_payment_is_posted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "marketplace.payouts.stripe_api.checkout.stripe.BalanceTransaction", type("None_", (), {})
    )
    licence = buy()
    monkeypatch.undo()
    payment = Payment.objects.get(order=licence.order)
    fees = ledger.account(Kind.FEES, "USD")
    assert (payment.fee_minor, ledger.balance(fees).minor) == (0, 0)
    for _ in range(2):
        _arrives("charge.updated", payment.charge)
    payment.refresh_from_db()
    assert (payment.fee_minor, ledger.balance(fees)) == (88, Money(88, "USD"))


def test_events_that_always_fail_do_not_keep_the_others_from_being_acted_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(provider_events, "at_once", lambda work, pk: queued.append(pk))
    monkeypatch.setitem(provider_events.HANDLERS, "always.fails", lambda _: 1 / 0)
    for number in range(provider_events.A_BATCH):
        event = ProviderEvent.objects.create(
            event_id=f"evt_{number}", kind="always.fails", object_id="x"
        )
        with pytest.raises(ZeroDivisionError):
            provider_events.process_event(event_pk=event.pk)
    good = ProviderEvent.objects.create(event_id="evt_good", kind="other", object_id="x")
    tasks.process_pending_events()
    assert queued == [good.pk]
    event.refresh_from_db()
    assert (event.tries, event.processed_at) == (1, None)
    assert "ZeroDivisionError" in event.error


def test_an_event_is_tried_again_while_the_provider_is_away_and_later_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(_: str) -> None:
        raise PaymentProviderUnavailable("no answer")

    monkeypatch.setitem(provider_events.HANDLERS, "away", away)
    event = ProviderEvent.objects.create(event_id="evt_away", kind="away", object_id="x")
    pauses = []
    for _ in range(3):
        with pytest.raises(PaymentProviderUnavailable):
            provider_events.process_event(event_pk=event.pk)
        event.refresh_from_db()
        pauses.append(event.retry_at - timezone.now())
    assert pauses == sorted(pauses)


def test_a_replay_goes_on_after_an_event_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    order = factories.make_order()
    pay(order)
    monkeypatch.setitem(provider_events.HANDLERS, "charge.succeeded", lambda _: 1 / 0)
    said: list[str] = []
    provider_events.replay(since=timezone.now() - timedelta(seconds=2), say=said.append)
    assert any("FAILED: ZeroDivisionError" in line for line in said)
    assert Licence.objects.filter(order=order).exists()


def test_finance_sees_what_went_wrong_with_an_event_and_has_it_tried_again() -> None:
    event = ProviderEvent.objects.create(
        event_id="evt_1", kind="invoice.paid", object_id="in_nobody"
    )
    provider_events.process_event(event_pk=event.pk)
    client = Client()
    client.force_login(
        appoint_finance(user=factories.make_user()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert "No such invoice" in client.get(reverse("storefront:finance-events")).text
    address = reverse("storefront:finance-try-again", args=[event.pk])
    client.post(address, {"reason": "The invoice is there now."})
    event.refresh_from_db()
    assert (event.processed_at, event.error) == (None, "")


@pytest.mark.parametrize(
    ("taken", "opened", "state"), [(0, False, None), (1999, False, "lost"), (0, True, "won")]
)
def test_a_prevented_dispute_ends_as_its_money_went(
    taken: int, opened: bool, state: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = Payment.objects.get(order=buy().order)
    reported = stripe_api.ProviderDispute(
        id="du_1", charge=payment.charge, amount=payment.amount, fee_minor=0, reason="fraudulent",
        status="needs_response", taken_minor=1999,
    )  # fmt: skip
    monkeypatch.setattr(stripe_api, "fetch_dispute", lambda _: reported)
    if opened:
        _arrives("charge.dispute.created", "du_1")
    reported = dataclasses.replace(reported, status="prevented", taken_minor=taken)
    _arrives("charge.dispute.closed", "du_1")
    assert [dispute.state for dispute in Dispute.objects.all()] == ([state] if state else [])
