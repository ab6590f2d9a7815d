"""Stripe's ways with subscriptions and their invoices, as our code meets them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanSubscription
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.incoming import subscriptions
from marketplace.payouts.models import LedgerAccount, Payment, ProviderEvent
from marketplace.payouts.stripe_api import subscriptions as billing
from tests import factories
from tests.sandbox import behave, follow_events, latest_session, listed, press, tell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    """When the test began; afterwards the sandbox behaves as usual again."""
    yield timezone.now() - timedelta(seconds=1)
    behave()


def _subscribing(plan: str = "basic") -> Organization:
    """A buyer who pressed the button of the provider's page."""
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    press(subscriptions.begin_plan_checkout(organization=organization, plan=plan, by=buyer))
    return organization


def _subscribed(since: datetime) -> PlanSubscription:
    organization = _subscribing()
    follow_events(since)
    return PlanSubscription.objects.get(organization=organization)


def _paid_months(organization: Organization) -> list[PlanMonth]:
    return list(organization.plan_months.exclude(invoice=None).order_by("starts_at"))


def test_a_plan_begins_when_its_payment_is_confirmed_and_not_before(since: datetime) -> None:
    behave(authentication=True)
    organization = _subscribing()
    assert _paid_months(organization) == []
    tell(f"sessions/{latest_session()}/authenticate")
    follow_events(since)
    assert len(_paid_months(organization)) == 1
    assert plans.subscription_of(organization) is not None


def test_a_plan_that_was_seen_before_its_payment_was_confirmed_begins_all_the_same(
    since: datetime,
) -> None:
    behave(authentication=True)
    organization = _subscribing()
    follow_events(since)
    tell(f"sessions/{latest_session()}/authenticate")
    follow_events(since)
    assert len(_paid_months(organization)) == 1
    assert plans.subscription_of(organization) is not None


def test_a_plan_whose_payment_is_not_confirmed_grants_nothing(since: datetime) -> None:
    behave(authentication=True)
    organization = _subscribing()
    tell(f"sessions/{latest_session()}/authenticate", passed=False)
    follow_events(since)
    assert _paid_months(organization) == []
    assert plans.subscription_of(organization) is None


def test_a_renewal_grants_its_month_when_its_invoice_is_paid_an_hour_later(
    since: datetime,
) -> None:
    subscription = _subscribed(since)
    behave(renewals_wait=True)
    renewed = tell(f"subscriptions/{subscription.provider_id}/renew")
    follow_events(since)
    assert len(_paid_months(subscription.organization)) == 1
    tell(f"invoices/{renewed['latest_invoice']}/collect")
    follow_events(since)
    first, second = _paid_months(subscription.organization)
    assert first.ends_at == second.starts_at


def test_an_invoice_that_is_only_announced_has_no_id_and_grants_nothing(since: datetime) -> None:
    subscription = _subscribed(since)
    tell(f"subscriptions/{subscription.provider_id}/announce")
    follow_events(since)
    found = ProviderEvent.objects.filter(kind="invoice.upcoming")
    assert {(event.object_id, event.error) for event in found} == {("", "")}
    assert len(_paid_months(subscription.organization)) == 1


def _switched(before: str, after: str, since: datetime) -> PlanSubscription:
    """A subscription whose price was changed in the provider's portal."""
    organization = _subscribing(before)
    follow_events(since)
    subscription = PlanSubscription.objects.get(organization=organization)
    chosen = plans.PLANS[after]
    price = stripe_api.ensure_price(
        plan=after,
        name=f"{settings.PLATFORM_NAME} {chosen.name}",
        price=Money(chosen.price_minor, settings.CURRENCY),
    )
    tell(f"subscriptions/{subscription.provider_id}/switch", price=price)
    follow_events(since)
    subscription.refresh_from_db()
    return subscription


def test_a_plan_that_is_switched_to_a_dearer_price_is_that_prices_and_its_proration_is_reported(
    since: datetime,
) -> None:
    subscription = _switched("basic", "pro", since)
    assert subscription.plan == "pro"
    assert len(_paid_months(subscription.organization)) == 1
    [failed] = ProviderEvent.objects.exclude(error="")
    assert (failed.kind, "grants nothing" in failed.error) == ("invoice.paid", True)


def test_a_plan_that_is_switched_to_a_cheaper_price_leaves_credit_at_the_provider(
    since: datetime,
) -> None:
    subscription = _switched("pro", "basic", since)
    assert subscription.plan == "basic"
    assert len(_paid_months(subscription.organization)) == 1
    assert not ProviderEvent.objects.exclude(error="").exists()


def test_a_renewal_after_a_cheaper_price_uses_the_credit(since: datetime) -> None:
    subscription = _switched("pro", "basic", since)
    tell(f"subscriptions/{subscription.provider_id}/renew")
    follow_events(since)
    first, second = _paid_months(subscription.organization)
    assert (first.plan, second.plan) == ("pro", "basic")
    assert Payment.objects.get(plan_month=second).amount_minor == 0


def test_tax_within_the_price_of_a_plan_is_no_promotion(
    monkeypatch: pytest.MonkeyPatch, since: datetime
) -> None:
    monkeypatch.setattr(settings, "STRIPE_TAX", True)
    behave(tax_percent=20, tax_inclusive=True)
    _subscribed(since)
    assert ledger.balance(ledger.account(Kind.TAX, "USD")).minor < 0
    assert ledger.balance(ledger.account(Kind.PROMOTIONS, "USD")).minor == 0


def test_tax_upon_the_price_of_a_plan_is_kept_apart(
    monkeypatch: pytest.MonkeyPatch, since: datetime
) -> None:
    monkeypatch.setattr(settings, "STRIPE_TAX", True)
    behave(tax_percent=20)
    _subscribed(since)
    assert ledger.balance(ledger.account(Kind.TAX, "USD")).minor == -198
    assert ledger.balance(ledger.account(Kind.PROMOTIONS, "USD")).minor == 0


def _line_of(number: int, *, proration: bool) -> dict[str, Any]:
    details = {"proration": proration}
    return {
        "id": f"il_{number}", "object": "line_item", "amount": 1,
        "period": {"start": 1_700_000_000, "end": 1_702_592_000},
        "pricing": {"price_details": {"price": "price_basic"}},
        "parent": {
            "type": "subscription_item_details", "subscription_item_details": details,
            "invoice_item_details": None,
        },
    }  # fmt: skip


def test_a_month_is_found_behind_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    first = [_line_of(number, proration=True) for number in range(10)]
    lines = {"object": "list", "url": "/v1/invoices/in_1/lines", "has_more": True, "data": first}
    invoice = stripe.Invoice.construct_from(
        {
            "id": "in_1", "object": "invoice", "status": "paid", "currency": "usd",
            "amount_paid": 990, "total": 990, "billing_reason": "subscription_cycle",
            "total_taxes": [], "customer_name": "", "customer_email": "", "customer_address": None,
            "customer_tax_ids": [], "payments": None, "status_transitions": {"paid_at": 1},
            "parent": {"subscription_details": {"subscription": "sub_1"}}, "lines": lines,
        },
        "sk_test",
    )  # fmt: skip
    asked = list[dict[str, Any]]()

    def rest(page: Any, **params: Any) -> Any:
        if not page.has_more:
            return stripe.ListObject.construct_from({**lines, "data": []}, "sk_test")
        asked.append(params)
        page = {**lines, "has_more": False, "data": [_line_of(10, proration=False)]}
        return stripe.ListObject.construct_from(page, "sk_test")

    price = {"id": "price_basic", "lookup_key": "plan_basic_usd_990", "unit_amount": 990}
    sold = stripe.Price.construct_from(price, "")
    fake = SimpleNamespace(
        v1=SimpleNamespace(
            invoices=SimpleNamespace(retrieve=lambda *_: invoice),
            prices=SimpleNamespace(retrieve=lambda *_: sold),
        )
    )
    monkeypatch.setattr(stripe.ListObject, "next_page", rest)
    monkeypatch.setattr(billing, "client", lambda: fake)
    found = stripe_api.fetch_invoice("in_1")
    assert found is not None
    assert (found.plan, found.unit_minor, len(asked)) == ("basic", 990, 1)


def test_the_portal_that_subscribers_are_sent_to_changes_no_price(since: datetime) -> None:
    organization = _subscribing()
    follow_events(since)
    subscription = PlanSubscription.objects.get(organization=organization)
    for _ in range(2):
        stripe_api.portal_link(customer=subscription.customer, return_url="https://example.com")
        tell("forget", of="portal-")  # as the provider does after a day
    [made] = [
        each
        for each in listed("billing_portal/configurations")
        if each["metadata"].get("made_for") == billing.PORTAL
    ]
    features = {name for name, has in made["features"].items() if has and has["enabled"]}
    assert "subscription_update" not in features
    assert {"subscription_cancel", "payment_method_update", "invoice_history"} <= features
