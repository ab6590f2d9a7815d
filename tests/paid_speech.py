"""Speech that a plan or credit pays for, as tests have it spoken."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import api_keys, plans, reservations, settlement
from marketplace.licensing.models import (
    ApiKey,
    Generation,
    PlanMonth,
    PlanSubscription,
    UsageCharge,
)
from marketplace.listings.models import Listing
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.creators import usage_shares
from marketplace.payouts.incoming import credits, plan_months, top_up_charges
from marketplace.payouts.models import CreditOrder
from tests import factories
from tests.money import charge, check_now
from tests.sandbox import http

A_MONTH = timedelta(days=30)


class Subscriber:
    """A subscriber whose months begin and end when a test says so."""

    def __init__(self, plan: str = "basic") -> None:
        buyer = factories.make_user()
        self.organization = personal_organization(buyer)
        self.key: ApiKey = api_keys.create_key(
            organization=self.organization, name="Plan", use="audiobook", by=buyer
        )[0]
        self.subscription: PlanSubscription = plans.begin_subscription(
            organization=self.organization, buyer_id=buyer.pk, plan=plan,
            provider_id=f"sub_{buyer.pk}", customer="cus_1",
        )  # fmt: skip

    def pays(self, starts: datetime, amount: int = 990) -> PlanMonth:
        number = self.organization.plan_months.count()
        return plan_months.grant_month(
            subscription=self.subscription, invoice=f"in_{self.subscription.pk}_{number}",
            charge=charge(f"ch_{self.subscription.pk}_{number}", amount), starts_at=starts, ends_at=starts + A_MONTH,
        )  # fmt: skip

    def speaks(self, listing: Listing, characters: int = 100) -> None:
        made = reservations.reserve(
            key=self.key, wanted=factories.wanted(listing.voice.slug, "x" * characters)
        )
        settlement.settle(generation_id=made.pk, characters=characters, seconds=1.0)


def subscribe(key: ApiKey, plan: str = "basic") -> PlanSubscription:
    """A plan of a key's organization, whose first month is paid; the books know nothing of it."""
    subscription = plans.begin_subscription(
        organization=key.organization, buyer_id=key.owner_id, plan=plan,
        provider_id=f"sub_{key.pk}", customer="cus_1",
    )  # fmt: skip
    assert subscription is not None
    now = timezone.now()
    key.organization.plan_months.create(
        plan=plan, invoice=f"in_{key.pk}", starts_at=now, ends_at=now + A_MONTH,
        characters_included=1_000, currency="USD",
    )  # fmt: skip
    return subscription


def planned() -> Listing:
    return factories.make_listing(factories.make_voice(), in_plans=True)


def adds_up() -> None:
    check_now()
    now = timezone.now()
    for report in finance_report(now.year, now.month):
        assert report.adds_up, report.proofs


def buy_credit(key: ApiKey, minor: int = 1_000) -> CreditOrder:
    url = credits.begin_credit_checkout(organization=key.organization, minor=minor, by=key.owner)
    assert http.post(url).status_code == 303
    order = CreditOrder.objects.latest("pk")
    for _ in range(2):
        assert top_up_charges.confirm(order=order)
    return order


def key_with_overage(minor_per_thousand: int = 50) -> ApiKey:
    listing = factories.make_listing(characters=1_000)
    listing.offers.update(overage_minor=minor_per_thousand)
    return factories.make_key(factories.make_licence(listing))[0]


def speak(key: ApiKey, slug: str, characters: int, use: str = "") -> Generation:
    made = reservations.reserve(key=key, wanted=factories.wanted(slug, "x" * characters, use=use))
    settlement.settle(generation_id=made.pk, characters=characters, seconds=1.0)
    for pk in UsageCharge.objects.filter(posted_at=None).values_list("pk", flat=True):
        usage_shares.post_usage(charge_id=pk)
    check_now()
    return made
