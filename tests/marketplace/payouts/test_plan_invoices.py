"""Invoices of plans: which of them grant a month, and of which days."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import personal_organization
from marketplace.compliance.models import AuditEvent
from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanSubscription
from marketplace.money import Money
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.incoming import plan_months, subscriptions
from marketplace.payouts.models import (
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
    Payment,
    ProviderEvent,
    Refund,
)
from marketplace.payouts.returning import refunds
from marketplace.payouts.stripe_api.client import client
from tests import factories
from tests.money import charge
from tests.sandbox import follow_events, http, listed, tell

pytestmark = pytest.mark.django_db


def _follow_events() -> None:
    follow_events()


def _subscriber() -> Organization:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    url = subscriptions.begin_plan_checkout(organization=organization, plan="basic", by=buyer)
    assert http.post(url).status_code == 303
    _follow_events()
    return organization


def _paid_months(organization: Organization) -> list[PlanMonth]:
    return list(organization.plan_months.exclude(invoice=None).order_by("starts_at"))


def _invoice(month: PlanMonth) -> stripe_api.ProviderInvoice:
    assert month.invoice is not None
    found = stripe_api.fetch_invoice(month.invoice)
    assert found is not None
    return found


def test_each_paid_month_is_the_one_that_its_invoice_pays_for_and_not_the_one_before() -> None:
    organization = _subscriber()
    subscription = PlanSubscription.objects.get(organization=organization)
    tell(f"subscriptions/{subscription.provider_id}/renew")
    _follow_events()
    first, second = _paid_months(organization)
    assert abs(first.starts_at - timezone.now()) < timedelta(minutes=5)
    assert first.ends_at - first.starts_at > timedelta(days=27)
    assert (second.starts_at, second.ends_at - second.starts_at) == (
        first.ends_at,
        first.ends_at - first.starts_at,
    )
    assert [_invoice(month).reason for month in (first, second)] == [
        "subscription_create",
        "subscription_cycle",
    ]


@pytest.mark.parametrize("reason", ["subscription_update", "manual", ""])
def test_a_proration_buys_no_month_and_is_left_to_a_person(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = _subscriber()
    (month,) = _paid_months(organization)
    proration = dataclasses.replace(_invoice(month), id="in_proration", reason=reason)
    monkeypatch.setattr(stripe_api, "fetch_invoice", lambda _: proration)
    event = provider_events.store_event("evt_proration", "invoice.paid", proration.id)
    provider_events.process_event(event_pk=event.pk)
    assert "grants nothing" in ProviderEvent.objects.get(pk=event.pk).error
    assert _paid_months(organization) == [month]
    assert Payment.objects.filter(kind="plan").count() == 1
    assert LedgerEntry.objects.filter(kind=LedgerEntry.Kind.PLAN_PAID).count() == 1


def test_an_invoice_without_a_line_for_a_whole_period_buys_no_month(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    organization = _subscriber()
    (month,) = _paid_months(organization)
    odd = dataclasses.replace(_invoice(month), id="in_odd", period=None)
    monkeypatch.setattr(stripe_api, "fetch_invoice", lambda _: odd)
    event = provider_events.store_event("evt_odd", "invoice.paid", odd.id)
    provider_events.process_event(event_pk=event.pk)
    assert ProviderEvent.objects.get(pk=event.pk).error
    assert _paid_months(organization) == [month]


def test_a_plan_that_is_changed_speaks_on_from_the_month_that_was_paid() -> None:
    organization = _subscriber()
    subscription = PlanSubscription.objects.get(organization=organization)
    plans.apply_subscription(
        provider_id=subscription.provider_id, status="active", cancels=False, plan="pro"
    )
    (month,) = _paid_months(organization)
    assert plans.current_month(organization) == month


def _checkout(organization: Organization, plan: str) -> str:
    buyer = organization.personal_of
    assert buyer is not None
    return subscriptions.begin_plan_checkout(organization=organization, plan=plan, by=buyer)


def test_of_two_plan_checkouts_that_are_paid_the_second_is_ended_and_refunded() -> None:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    pages = [_checkout(organization, plan) for plan in ("basic", "pro")]
    for page in pages:
        assert http.post(page).status_code == 303
    _follow_events()
    _follow_events()
    subscription = PlanSubscription.objects.get(organization=organization)
    assert len(_paid_months(organization)) == 1
    surplus = Payment.objects.get(kind=Payment.Kind.TOO_LATE)
    [refund] = surplus.refunds.all()
    assert refund.amount_minor == surplus.amount_minor
    refunds.send_refund(refund_id=refund.pk)
    assert ledger.balance(ledger.account(LedgerAccount.Kind.REFUNDS_OWED, "USD")).minor == 0
    assert {Payment.objects.get(kind="plan").amount_minor, surplus.amount_minor} == {990, 4900}
    assert plans.subscription_of(organization) == subscription


def test_a_second_plan_that_two_events_end_at_once_is_told_of_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    for page in [_checkout(organization, plan) for plan in ("basic", "pro")]:
        assert http.post(page).status_code == 303
    real, ended = stripe_api.cancel_subscription, []

    def end_twice(subscription_id: str) -> None:
        """What the provider answers whoever comes second."""
        if not ended:
            ended.append(subscription_id)
            subscriptions.refresh_subscription(subscription_id)
        real(subscription_id)

    monkeypatch.setattr(stripe_api, "cancel_subscription", end_twice)
    _follow_events()
    assert ended
    assert not ProviderEvent.objects.exclude(error="").exists()
    assert AuditEvent.objects.filter(action="plan.surplus_ended").count() == 1


def test_of_two_plans_that_begin_at_the_same_moment_one_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    organization = personal_organization(factories.make_user())
    for page in [_checkout(organization, plan) for plan in ("basic", "pro")]:
        assert http.post(page).status_code == 303
    monkeypatch.setattr(subscriptions, "_is_surplus", lambda reported, organization: False)
    _follow_events()
    assert not ProviderEvent.objects.exclude(error="", processed_at__isnull=False).exists()
    assert PlanSubscription.objects.filter(organization=organization).count() == 1
    assert AuditEvent.objects.filter(action="plan.surplus_ended").count() == 1


def test_a_subscription_whose_first_payment_waits_begins_when_it_is_paid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = stripe_api.fetch_subscription
    monkeypatch.setattr(
        stripe_api,
        "fetch_subscription",
        lambda pk: dataclasses.replace(real(pk), status="incomplete"),
    )
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    http.post(_checkout(organization, "basic"))
    for event in stripe_api.list_events(timezone.now() - timedelta(minutes=5)):
        if event[1] == "customer.subscription.created":
            subscriptions.refresh_subscription(event[2])
    assert plans.subscription_of(organization) is None
    monkeypatch.undo()
    _follow_events()
    assert plans.subscription_of(organization) is not None
    assert len(_paid_months(organization)) == 1


def test_a_paused_plan_is_silent_and_goes_on_later() -> None:
    organization = _subscriber()
    subscription = PlanSubscription.objects.get(organization=organization)
    for status, state in (("paused", "past_due"), ("active", "active")):
        plans.apply_subscription(
            provider_id=subscription.provider_id, status=status, cancels=False, plan="basic"
        )
        subscription.refresh_from_db()
        assert subscription.state == state


def test_a_plan_that_is_switched_at_the_provider_is_billed_and_granted_as_the_new_one() -> None:
    organization = _subscriber()
    subscription = PlanSubscription.objects.get(organization=organization)
    price = stripe_api.ensure_price(plan="pro", name="Pro", price=Money(4900, "USD"))
    client().v1.subscriptions.update(subscription.provider_id, {"items": [{"price": price}]})
    _follow_events()
    subscription.refresh_from_db()
    assert subscription.plan == "pro"
    tell(f"subscriptions/{subscription.provider_id}/renew")
    _follow_events()
    first, second = _paid_months(organization)
    assert (first.plan, second.plan) == ("basic", "pro")
    assert (second.characters_included, second.share_minor) == (550_000, 4165)
    assert not LedgerLine.objects.filter(account__kind="promo_expense").exists()


def test_what_is_paid_beyond_a_plans_price_is_shared_and_no_negative_discount() -> None:
    organization = _subscriber()
    month = plan_months.grant_month(
        subscription=PlanSubscription.objects.get(organization=organization), plan="pro",
        invoice="in_more", charge=charge("ch_more", 5900),
        starts_at=timezone.now() + timedelta(days=30),
        ends_at=timezone.now() + timedelta(days=60),
    )  # fmt: skip
    assert (month.plan, month.share_minor) == ("pro", 5015)
    assert not LedgerLine.objects.filter(account__kind="promo_expense").exists()


def _cancelled_before_it_paid(monkeypatch: pytest.MonkeyPatch) -> Organization:
    """A subscriber whose open invoice waits for a card, while the provider gave their plan up."""
    organization = _subscriber()
    found = PlanSubscription.objects.get(organization=organization)
    tell(f"subscriptions/{found.provider_id}/renew", paid=False)
    _follow_events()
    real = stripe_api.fetch_subscription
    monkeypatch.setattr(
        stripe_api,
        "fetch_subscription",
        lambda pk: dataclasses.replace(real(pk), status="canceled", ended_at=1),
    )
    subscriptions.refresh_subscription(found.provider_id)
    [invoice] = [
        each
        for each in listed("invoices")
        if each["status"] == "open"
        and each["parent"]["subscription_details"]["subscription"] == found.provider_id
    ]
    tell(f"invoices/{invoice['id']}/collect", paid=True)
    return organization


def test_an_invoice_that_is_paid_after_its_plan_was_cancelled_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    organization = _cancelled_before_it_paid(monkeypatch)
    _follow_events()
    first, late = Payment.objects.filter(organization=organization).order_by("pk")
    assert [each.amount_minor for each in late.refunds.all()] == [990]
    assert not first.refunds.exists()
    assert len(_paid_months(organization)) == 1


def test_a_month_that_was_paid_while_its_plan_lived_is_not_given_back_when_it_is_heard_of_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    organization = _cancelled_before_it_paid(monkeypatch)
    real = stripe_api.fetch_subscription
    monkeypatch.setattr(
        stripe_api,
        "fetch_subscription",
        lambda pk: dataclasses.replace(real(pk), ended_at=2**40),
    )
    _follow_events()
    _follow_events()
    assert len(_paid_months(organization)) == 2
    assert not Refund.objects.exists()
