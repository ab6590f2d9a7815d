"""What a change of plan says that it did and charged, on the page and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import personal_organization
from marketplace.billing.models import Invoice
from marketplace.licensing.models import PlanSubscription
from marketplace.payouts.incoming import subscriptions
from marketplace.payouts.models import Payment
from tests import factories
from tests.sandbox import behave, follow_events, press, tell

pytestmark = pytest.mark.django_db
TEN_DAYS = timedelta(days=10)


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    yield timezone.now() - timedelta(seconds=1)
    behave()


def _ten_days_into(plan: str, since: datetime) -> Organization:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    press(subscriptions.begin_plan_checkout(organization=organization, plan=plan, by=buyer))
    follow_events(since)
    provider_id = PlanSubscription.objects.get(organization=organization).provider_id
    tell(f"subscriptions/{provider_id}/pass", seconds=TEN_DAYS.total_seconds())
    for month in organization.plan_months.all():
        month.starts_at -= TEN_DAYS
        month.ends_at -= TEN_DAYS
        month.save()
    return organization


def _change(client: Client, organization: Organization, plan: str) -> tuple[str, str]:
    """What the page of a change and the page after it say."""
    owner = organization.memberships.get(role="owner").user
    client.post("/accounts/login/", {"login": owner.email, "password": factories.PASSWORD})
    page = client.get(f"/plans/change?plan={plan}&organization={organization.public_id}")
    change = page.context["change"]
    form = {"plan": plan, "organization": organization.public_id, "at": change.at}
    shown = change.cost.total.minor if change.cost else 0
    return page.text, client.post("/plans/change/now", {**form, "shown": shown}, follow=True).text


def test_a_dearer_plan_is_invoiced_with_what_it_credits(since: datetime, client: Client) -> None:
    page, after = _change(client, _ten_days_into("basic", since), "pro")
    assert "The invoice names what is credited." in page
    assert "Your plan is Pro now. The invoice is among your payments in a moment" in after
    assert "the rest of your Basic month is deducted on it" in after
    first, second = (each.description for each in Invoice.objects.order_by("pk"))
    assert first.endswith(" Basic plan, a month")
    assert second.endswith(
        " Pro plan, a month: $49.00, less $6.60 for the rest of the month of the earlier plan"
    )


def test_a_cheaper_plan_is_said_to_begin_later_and_to_charge_nothing_now(
    since: datetime, client: Client
) -> None:
    page, after = _change(client, _ten_days_into("pro", since), "basic")
    assert "The invoice names what is credited." not in page
    assert "Your plan is Basic from " in after
    assert "Until then it stays Pro, and nothing was charged." in after
    assert Payment.objects.count() == 1
