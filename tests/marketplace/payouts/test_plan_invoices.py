"""Invoices of plans: which of them grant a month, and of which days."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanSubscription
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.incoming import subscriptions
from marketplace.payouts.models import LedgerEntry, Payment, ProviderEvent
from tests import factories
from tests.sandbox import tell

pytestmark = pytest.mark.django_db


def _follow_events() -> None:
    provider_events.replay(since=timezone.now() - timedelta(hours=1), say=lambda line: None)


def _subscriber() -> Organization:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    url = subscriptions.begin_plan_checkout(organization=organization, plan="basic", by=buyer)
    assert httpx.post(url, follow_redirects=False).status_code == 303
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
