"""Plans paid by the year: ten months' price, twelve months granted one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from marketplace import dates
from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import plans, reservations, settlement
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import PlanMonth, PlanYear
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import plan_shares, year_shares
from marketplace.payouts.incoming import plan_changes, plan_years, receipts, subscriptions
from marketplace.payouts.models import Dispute, Earning, LedgerAccount, Payment, ProviderEvent
from marketplace.payouts.returning import disputes, refunds
from marketplace.refusals import Refused
from tests import factories
from tests.mailbox import delivered
from tests.money import charge
from tests.paid_speech import Subscriber, adds_up, planned
from tests.sandbox import behave, follow_events, press, tell

pytestmark = pytest.mark.django_db
Kind = LedgerAccount.Kind


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    yield timezone.now() - timedelta(seconds=1)
    behave()


def _balance(kind: str) -> int:
    return -ledger.balance(ledger.account(kind, "USD")).minor


def _paid_year(who: Subscriber, *, tax: int = 0, amount: int = 9_900) -> PlanYear:
    """A year of the basic plan that was paid a moment ago."""
    now = timezone.now()
    plan_years.grant_year(
        organization=who.organization, plan="basic", invoice=f"in_{who.subscription.pk}",
        charge=charge(f"ch_{who.subscription.pk}", amount + tax, tax=tax), starts_at=now,
        ends_at=months_later(now, 12),
    )  # fmt: skip
    return PlanYear.objects.get()


def _months(organization: Organization) -> list[PlanMonth]:
    return list(organization.plan_months.exclude(invoice=None).order_by("starts_at"))


def _after(year: PlanYear, months: float) -> datetime:
    return year.starts_at + timedelta(days=30.6 * months)


def test_a_year_costs_ten_months_and_grants_the_first_at_once(since: datetime) -> None:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    press(
        subscriptions.begin_plan_checkout(
            organization=organization, plan="basic", by=buyer, yearly=True
        )
    )
    follow_events(since)
    follow_events(since)
    payment = Payment.objects.get()
    assert (payment.kind, payment.amount_minor) == (Payment.Kind.PLAN_YEAR, 9_900)
    [month] = _months(organization)
    assert (month.characters_included, month.share_minor) == (100_000, 701)
    subscription = plans.subscription_of(organization)
    assert subscription is not None
    assert subscription.yearly
    assert plans.current_month(organization) == month
    assert "a year from" in receipts.what_for(payment)
    assert not ProviderEvent.objects.exclude(error="").exists()
    tell(f"subscriptions/{subscription.provider_id}/renew")
    follow_events(since)
    assert PlanYear.objects.count() == 2
    adds_up()


def test_each_month_is_granted_when_it_begins_and_never_twice() -> None:
    who = Subscriber()
    year = _paid_year(who)
    assert plan_years.grant_due_months() == 0
    assert plan_years.grant_due_months(_after(year, 2.5)) == 2
    assert plan_years.grant_due_months(_after(year, 2.5)) == 0
    assert plan_years.grant_due_months(_after(year, 30)) == 9
    months = _months(who.organization)
    assert len(months) == 12
    assert all(a.ends_at == b.starts_at for a, b in itertools.pairwise(months))
    assert months[-1].ends_at == months_later(year.starts_at, 12)
    adds_up()


def test_the_whole_price_reaches_creators_and_platform_month_by_month() -> None:
    who, listing = Subscriber(), planned()
    year = _paid_year(who, tax=1_980)
    assert _balance(Kind.PLAN_YEARS) == 9_900 - 825
    who.speaks(listing)
    plan_years.grant_due_months(_after(year, 1.5))
    assert plan_shares.share_ended_months(_after(year, 1.5)) == 1
    creator = listing.voice.creator
    assert ledger.owed_to(creator, Kind.CREATOR_PENDING, "USD").minor == 701
    assert _balance(Kind.COMMISSION) == 124
    plan_years.grant_due_months(_after(year, 30))
    plan_shares.share_ended_months(_after(year, 40))
    assert (_balance(Kind.PLAN_YEARS), _balance(Kind.DEFERRED)) == (0, 0)
    earned = ledger.owed_to(creator, Kind.CREATOR_PENDING, "USD").minor
    assert earned + _balance(Kind.COMMISSION) == 9_900
    adds_up()


def test_what_was_discounted_is_the_platforms() -> None:
    _paid_year(Subscriber(), amount=8_900)
    assert _balance(Kind.PROMOTIONS) == -1_000
    assert _balance(Kind.PLAN_YEARS) == 9_900 - 825
    adds_up()


def test_a_year_that_is_refunded_grants_no_more_and_leaves_nothing_waiting() -> None:
    who = Subscriber()
    year = _paid_year(who, tax=1_980)
    payment = Payment.objects.get()
    refunds.record_refund(payment=payment, provider_id="re_1", amount_minor=payment.amount_minor)
    assert plan_years.grant_due_months(_after(year, 6)) == 0
    assert year_shares.waiting(payment) == 0
    assert _months(who.organization)[0].stopped_at is not None
    assert plans.plan_of(who.organization).code == "basic"
    adds_up()


def test_a_part_that_is_refunded_is_borne_by_the_months_to_come() -> None:
    who = Subscriber()
    year = _paid_year(who)
    refunds.record_refund(payment=Payment.objects.get(), provider_id="re_1", amount_minor=3_300)
    left = 9_900 - 825 - 3_025
    assert _balance(Kind.PLAN_YEARS) == left
    plan_years.grant_due_months(_after(year, 1.5))
    assert _balance(Kind.PLAN_YEARS) == left - left // 11
    plan_years.grant_due_months(_after(year, 30))
    assert _balance(Kind.PLAN_YEARS) == 0
    adds_up()


@pytest.mark.parametrize("won", [True, False])
def test_a_disputed_year_stands_still_until_the_dispute_is_won(won: bool) -> None:
    who = Subscriber()
    year = _paid_year(who)
    found = disputes.open_dispute(
        payment=Payment.objects.get(), provider_id="du_1", amount_minor=9_900, fee_minor=1_500,
        reason="fraudulent",
    )  # fmt: skip
    assert _balance(Kind.PLAN_YEARS) == 0
    assert plan_years.grant_due_months(_after(year, 2.5)) == 0
    disputes.close_dispute(dispute=found, won=won)
    assert _balance(Kind.PLAN_YEARS) == (9_900 - 825 if won else 0)
    assert plan_years.grant_due_months(_after(year, 2.5)) == (2 if won else 0)
    assert (_months(who.organization)[0].stopped_at is None) == won
    adds_up()


def test_speech_counts_against_the_month_that_runs() -> None:
    who, listing = Subscriber(), planned()
    year = _paid_year(who)
    PlanMonth.objects.update(characters_used=100_000)
    earlier = timedelta(days=32)
    PlanYear.objects.update(starts_at=year.starts_at - earlier)
    for month in PlanMonth.objects.all():
        month.starts_at -= earlier
        month.ends_at -= earlier
        month.save()
    plan_years.grant_due_months()
    made = reservations.reserve(
        key=who.key, wanted=factories.wanted(listing.voice.slug, "Good evening.")
    )
    assert made.plan_month == _months(who.organization)[-1]


def test_a_year_is_not_changed_in_the_shop() -> None:
    who = Subscriber()
    who.subscription.yearly = True
    who.subscription.save()
    with pytest.raises(Refused) as refusal:
        plan_changes.show(organization=who.organization, plan="pro", by=who.key.owner)
    assert refusal.value.code == "yearly"


def test_the_page_offers_the_year_at_the_price_of_ten_months(
    since: datetime, client: Client
) -> None:
    buyer: Any = factories.make_user()
    client.force_login(buyer, backend="django.contrib.auth.backends.ModelBackend")
    assert "A year for $99.00" in client.get("/plans").text
    paying = client.post("/plans/subscribe", {"plan": "basic", "period": "year"})
    press(paying["Location"])
    follow_events(since)
    assert "paid by the year" in client.get("/plans").text
    assert Payment.objects.get().amount_minor == 9_900


def _spoken_and_disputed_year() -> tuple[Subscriber, PlanYear, Dispute]:
    """A year in whose first month something was spoken, and whose payment was then charged back."""
    who, listing = Subscriber(), planned()
    year = _paid_year(who)
    made = reservations.reserve(
        key=who.key, wanted=factories.wanted(listing.voice.slug, "Good evening.")
    )
    settlement.settle(generation_id=made.pk, characters=13, seconds=1.0)
    found = disputes.open_dispute(
        payment=Payment.objects.get(), provider_id="du_1", amount_minor=9_900, fee_minor=1_500,
        reason="fraudulent",
    )  # fmt: skip
    return who, year, found


def test_a_running_month_of_a_year_that_is_charged_back_is_not_shared_out() -> None:
    who, year, found = _spoken_and_disputed_year()
    assert plan_shares.share_ended_months(_after(year, 2)) == 0
    assert ledger.balance(plan_shares.unshared_account(who.organization, "USD")).minor == 0
    disputes.close_dispute(dispute=found, won=False)
    plan_shares.share_ended_months(_after(year, 2))
    assert not Earning.objects.exists()
    adds_up()


def test_a_month_is_shared_out_after_all_when_the_dispute_of_its_year_is_won() -> None:
    who, year, found = _spoken_and_disputed_year()
    disputes.close_dispute(dispute=found, won=True)
    assert plan_shares.share_ended_months(_after(year, 2)) >= 1
    assert Earning.objects.get().share_minor == _months(who.organization)[0].share_minor
    adds_up()


def test_a_year_that_is_refunded_whole_before_a_word_is_spoken_earns_nobody_anything() -> None:
    who = Subscriber()
    factories.make_licence(buyer=who.key.owner)  # of an accomplice's voice, say
    year = _paid_year(who)
    refunds.record_refund(
        payment=Payment.objects.get(plan_year=year), provider_id="re_1", amount_minor=9_900
    )
    plan_shares.share_ended_months(_after(year, 4))
    assert not Earning.objects.filter(source=Earning.Source.PLAN).exists()
    assert (_balance(Kind.COMMISSION), _balance(Kind.DEFERRED)) == (0, 0)
    adds_up()


def test_refunds_of_parts_take_as_much_of_a_year_as_one_of_the_whole() -> None:
    who = Subscriber()
    year = _paid_year(who)
    for number in range(3):
        refunds.record_refund(
            payment=Payment.objects.get(), provider_id=f"re_{number}", amount_minor=3_300
        )
        adds_up()
    plan_shares.share_ended_months(_after(year, 4))
    assert (_balance(Kind.COMMISSION), _balance(Kind.DEFERRED)) == (0, 0)
    assert _balance(Kind.PLAN_YEARS) == 0


def test_a_year_that_went_back_speaks_no_more_from_its_earlier_month_until_it_is_paid_again() -> (
    None
):
    who = Subscriber()
    starts = timezone.now() - timedelta(days=32)
    plan_years.grant_year(
        organization=who.organization, plan="basic", invoice="in_year",
        charge=charge("ch_year", 9_900), starts_at=starts, ends_at=months_later(starts, 12),
    )  # fmt: skip
    plan_years.grant_due_months()
    assert len(_months(who.organization)) == 2
    found = disputes.open_dispute(
        payment=Payment.objects.get(), provider_id="du_1", amount_minor=9_900, fee_minor=1_500,
        reason="fraudulent",
    )  # fmt: skip
    assert plans.current_month(who.organization).invoice is None
    disputes.close_dispute(dispute=found, won=True)
    assert plans.current_month(who.organization) == _months(who.organization)[1]
    assert all(month.stopped_at is None for month in _months(who.organization))


def test_a_cancelled_year_is_said_to_end_with_the_year_not_with_its_month(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who = Subscriber()
    year, buyer = _paid_year(who), who.key.owner
    day = dates.to_the_reader(months_later(year.starts_at, 12))
    delivered()
    plans.apply_subscription(
        provider_id=who.subscription.provider_id, status="active", cancels=True, plan="basic"
    )
    assert f"continues until {day}" in delivered()[-1].body
    monkeypatch.setattr(subscriptions, "refresh_subscription", lambda _: None)
    client = Client()
    client.force_login(buyer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/plans/managed", follow=True).text
    assert f"ends on {day}" in page
    assert f"Ends on {day}" in page
    assert "Ends then" not in page
