"""Renewals, credit and plans that are unused go back within two weeks, as licences do."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import credit, plans, renewals
from marketplace.licensing.models import Licence, PlanSubscription
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import checkout, subscriptions
from marketplace.payouts.models import Payment, Refund
from marketplace.payouts.returning import refunds, unused, withdrawals
from marketplace.queue import Work
from marketplace.refusals import PaymentProviderUnavailable, Refused
from tests import factories
from tests.paid_speech import (
    A_MONTH,
    Subscriber,
    adds_up,
    buy_credit,
    key_with_overage,
    planned,
    speak,
)
from tests.sandbox import buy, follow_events, pay, press
from tests.work import do

pytestmark = pytest.mark.django_db


def _renewed() -> tuple[Licence, Payment]:
    """A licence in its first term, and the payment of its second."""
    licence = buy()
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    pay(order)
    assert checkout.confirm_payment(order=order) is not None
    licence.refresh_from_db()
    return licence, Payment.objects.get(order=order)


def _take_back(payment: Payment, by: User | None = None) -> Refund:
    """Take a payment back as it is read from the database."""
    payment = Payment.objects.get(pk=payment.pk)
    return unused.take_back(payment=payment, by=by or payment.organization.personal_of)


def _is_refused(payment: Payment, words: str) -> None:
    with pytest.raises(Refused, match=words) as refusal:
        _take_back(payment)
    assert refusal.value.code == "not_returnable"
    assert not Refund.objects.filter(payment=payment).exists()


def test_a_renewal_whose_term_has_not_begun_goes_back_and_the_present_term_stays() -> None:
    licence, payment = _renewed()
    ends, included = licence.ends_at, licence.characters_included
    refund = _take_back(payment)
    licence.refresh_from_db()
    assert licence.state == Licence.State.ACTIVE
    assert licence.ends_at < ends
    assert 2 * licence.characters_included == included  # at once, before the money has gone
    refunds.send_refund(refund_id=refund.pk)
    payment.refresh_from_db()
    licence.refresh_from_db()
    assert payment.refunded_minor == payment.amount_minor
    assert (licence.state, 2 * licence.characters_included) == ("active", included)
    adds_up()


def test_a_renewal_whose_refund_the_provider_refuses_is_granted_again() -> None:
    licence, payment = _renewed()
    bought = (licence.ends_at, licence.characters_included)
    refunds.fail_refund(refund_id=_take_back(payment).pk, problem="No.")
    licence.refresh_from_db()
    assert (licence.ends_at, licence.characters_included) == bought
    _take_back(payment)


def test_a_renewal_whose_term_has_begun_or_is_spoken_of_does_not_go_back() -> None:
    licence, payment = _renewed()
    Licence.objects.filter(pk=licence.pk).update(
        characters_used=licence.characters_included // 2 + 1
    )
    _is_refused(payment, "are spoken")
    Licence.objects.filter(pk=licence.pk).update(characters_used=0)
    order = licence.order
    order.paid_at = timezone.now() - timedelta(days=400)
    order.save()
    _is_refused(payment, "has begun")


def test_unused_credit_goes_back_and_used_credit_does_not() -> None:
    key = key_with_overage()
    buy_credit(key)
    payment = Payment.objects.get(kind=Payment.Kind.CREDITS)
    refund = _take_back(payment)
    assert credit.account(key.organization, "USD").left.minor == 0  # at once
    refunds.send_refund(refund_id=refund.pk)
    buy_credit(key)
    other = Payment.objects.filter(kind=Payment.Kind.CREDITS, refunded_minor=0).get()
    speak(key, key.licences.get().voice.slug, 2_000)
    _is_refused(other, "is used")
    adds_up()


def test_the_first_month_of_a_plan_goes_back_and_the_plan_ends_at_the_provider() -> None:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    press(subscriptions.begin_plan_checkout(organization=organization, plan="basic", by=buyer))
    follow_events()
    refund = _take_back(Payment.objects.get())
    subscription = PlanSubscription.objects.get()
    assert stripe_api.fetch_subscription(subscription.provider_id).status == "canceled"
    assert subscription.state == PlanSubscription.State.ENDED
    assert plans.plan_of(organization) == plans.FREE
    refunds.send_refund(refund_id=refund.pk)
    payment = Payment.objects.get()
    assert payment.refunded_minor == payment.amount_minor
    adds_up()


def _subscribed() -> tuple[Payment, PlanSubscription]:
    buyer = factories.make_user()
    own = personal_organization(buyer)
    press(subscriptions.begin_plan_checkout(organization=own, plan="basic", by=buyer))
    follow_events()
    return Payment.objects.get(organization=own), PlanSubscription.objects.get(organization=own)


def _status(plan: PlanSubscription) -> str:
    return stripe_api.fetch_subscription(plan.provider_id).status


def test_a_plan_goes_on_if_speech_began_before_it_could_be_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payment, plan = _subscribed()

    def speak_meanwhile(*_: object) -> None:
        plan.organization.plan_months.update(characters_used=5)

    monkeypatch.setattr(withdrawals, "wait_for_others", speak_meanwhile)
    _is_refused(payment, "Speech was made")
    assert not payment.refunds.exists()
    assert _status(plan) == "active"
    plan.refresh_from_db()
    assert plan.state == PlanSubscription.State.ACTIVE


def test_a_plan_that_was_taken_back_while_the_provider_was_away_ends_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payment, plan = _subscribed()

    def away(_: str) -> None:
        raise PaymentProviderUnavailable("It does not respond.")

    with monkeypatch.context() as patched:
        patched.setattr(stripe_api, "cancel_subscription", away)
        assert _take_back(payment).state == Refund.State.REQUESTED
    assert _status(plan) == "active"
    do(Work.END_PLANS)
    assert _status(plan) == "canceled"
    plan.refresh_from_db()
    assert plan.state == PlanSubscription.State.ENDED


def test_a_plan_that_follows_one_that_was_taken_back_goes_on() -> None:
    payment, _ = _subscribed()
    _take_back(payment)
    organization = payment.organization
    by = organization.memberships.get().user
    press(subscriptions.begin_plan_checkout(organization=organization, plan="pro", by=by))
    follow_events()
    again = PlanSubscription.objects.get(organization=organization, plan="pro")
    do(Work.END_PLANS)
    assert _status(again) == "active"


def test_a_month_by_which_something_was_spoken_or_that_was_not_the_first_does_not_go_back() -> None:
    subscriber, listing, now = Subscriber(), planned(), timezone.now()
    first = subscriber.pays(now - A_MONTH)
    second = subscriber.pays(now - timedelta(hours=1))
    _is_refused(second.payment, "Only the first payment")
    subscriber.speaks(listing)
    _is_refused(second.payment, "Speech was made")
    Payment.objects.filter(pk=first.payment.pk).update(paid_at=now - withdrawals.PERIOD)
    _is_refused(first.payment, "within 14 days")
    assert plans.subscription_of(subscriber.organization) is not None


def test_whatever_is_taken_back_counts_towards_the_few_that_may_be() -> None:
    key = key_with_overage()
    for _ in range(withdrawals.OFTEN):
        buy_credit(key)
        _take_back(Payment.objects.filter(refunds=None).get())
    buy_credit(key)
    with pytest.raises(Refused) as refusal:
        _take_back(Payment.objects.filter(refunds=None).get())
    assert refusal.value.code == "too_often"
    assert credit.account(key.organization, "USD").left.minor == 1_000


def test_the_page_of_payments_offers_what_is_unused_alone_and_asks_before_it_is_done(
    client: Client,
) -> None:
    key = key_with_overage()
    buy_credit(key)
    payment = Payment.objects.get(kind=Payment.Kind.CREDITS)
    client.force_login(key.owner, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["signed_in_at"] = time.time()
    session.save()
    address = reverse("storefront:take-payment-back", args=[payment.public_id])
    assert address in client.get(reverse("storefront:payments")).text
    assert "The credit is gone at once" in client.get(address).text
    assert not Refund.objects.exists()
    assert "on its way back" in client.post(address, follow=True).text
    assert Refund.objects.get().amount_minor == payment.amount_minor
    assert address not in client.get(reverse("storefront:payments")).text
    assert client.get(address).status_code == 404


def test_nobody_else_takes_a_payment_back() -> None:
    key = key_with_overage()
    buy_credit(key)
    with pytest.raises(Refused) as refusal:
        _take_back(Payment.objects.get(kind=Payment.Kind.CREDITS), by=factories.make_user())
    assert refusal.value.code == "not_a_member"
    assert not Refund.objects.exists()
