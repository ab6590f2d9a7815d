"""What happens to the creators' part of a plan's months: when it is shared, and what refunds take."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.licensing import lifecycle, plans
from marketplace.licensing.models import PlanMonth
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import plan_shares
from marketplace.payouts.incoming import plan_changes
from marketplace.payouts.models import Earning, LedgerAccount, LedgerEntry
from marketplace.refusals import Refused
from tests import factories
from tests.money import owed, refund
from tests.paid_speech import A_MONTH, Subscriber, adds_up, planned

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def test_a_refund_of_a_month_that_was_shared_leaves_the_next_month_alone() -> None:
    subscriber, listing = Subscriber(), planned()
    now = timezone.now()
    first = subscriber.pays(now - A_MONTH - timedelta(days=2))
    subscriber.speaks(listing)
    plan_shares.share_month(month_id=first.pk)
    second = subscriber.pays(now)
    subscriber.speaks(listing)
    refund(first.payment, 990)
    plan_shares.share_month(month_id=second.pk)
    assert owed(listing.voice.creator, Kind.CREATOR_PENDING) == 2 * 841
    adds_up()


def test_a_refund_of_a_month_that_waits_takes_its_own_part_and_not_the_next_months() -> None:
    subscriber, listing = Subscriber(), planned()
    now = timezone.now()
    first = subscriber.pays(now - A_MONTH - timedelta(days=2))
    subscriber.speaks(listing)
    second = subscriber.pays(now)
    subscriber.speaks(listing)
    refund(first.payment, 990)
    for month in (first, second):
        plan_shares.share_month(month_id=month.pk)
    assert owed(listing.voice.creator, Kind.CREATOR_PENDING) == 841
    adds_up()


def test_a_refund_of_a_silent_month_takes_what_was_carried_over() -> None:
    subscriber, listing = Subscriber(), planned()
    now = timezone.now()
    first = subscriber.pays(now - A_MONTH - timedelta(days=2))
    second = subscriber.pays(now)
    plan_shares.share_month(month_id=first.pk)
    refund(first.payment, 990)
    subscriber.speaks(listing)
    plan_shares.share_month(month_id=second.pk)
    assert owed(listing.voice.creator, Kind.CREATOR_PENDING) == 841
    adds_up()


def test_a_discounted_month_that_is_refunded_whole_leaves_nothing_to_anybody() -> None:
    subscriber, listing = Subscriber("pro"), planned()
    month = subscriber.pays(timezone.now(), amount=2450)
    subscriber.speaks(listing)
    refund(month.payment, 1000)
    refund(month.payment, 1450)
    plan_shares.share_month(month_id=month.pk)
    assert owed(listing.voice.creator, Kind.CREATOR_PENDING) == 0
    for kind in (Kind.COMMISSION, Kind.PROMOTIONS, Kind.STRIPE_CLEARING):
        assert ledger.balance(ledger.account(kind, "USD")).minor == 0
    adds_up()


def test_speech_in_the_days_before_a_renewal_is_paid_earns_its_creator_the_month() -> None:
    subscriber, listing = Subscriber(), planned()
    month = subscriber.pays(timezone.now() - A_MONTH - timedelta(days=1))
    assert plan_shares.share_ended_months() == 0
    subscriber.speaks(listing)
    assert plan_shares.share_ended_months(month.ends_at + plan_shares.SETTLED_AFTER) == 1
    assert owed(listing.voice.creator, Kind.CREATOR_PENDING) == 841


def test_a_silent_month_waits_for_a_renewal_that_is_paid_late() -> None:
    subscriber, listing = Subscriber(), planned()
    month = subscriber.pays(timezone.now() - A_MONTH - timedelta(days=10))
    assert plan_shares.share_ended_months() == 0
    following = subscriber.pays(month.ends_at)
    assert plan_shares.share_ended_months() == 1
    following.refresh_from_db()
    assert following.carried_minor == 841
    subscriber.speaks(listing)
    plan_shares.share_ended_months(following.ends_at + plan_shares.SETTLED_AFTER)
    assert owed(listing.voice.creator, Kind.CREATOR_PENDING) == 2 * 841


def test_a_silent_month_waits_for_no_renewal_of_a_plan_that_ended() -> None:
    subscriber = Subscriber()
    subscriber.pays(timezone.now() - A_MONTH - timedelta(days=10))
    plans.apply_subscription(
        provider_id=subscriber.subscription.provider_id, status="canceled", cancels=True,
        plan="basic",
    )  # fmt: skip
    assert plan_shares.share_ended_months() == 1


def _commission() -> tuple[int, int]:
    """What the platform has earned, and what it has been paid and not earned yet."""
    earned, deferred = (
        -ledger.balance(ledger.account(kind, "USD")).minor
        for kind in (Kind.COMMISSION, Kind.DEFERRED)
    )
    return earned, deferred


def test_the_commission_on_a_month_is_earned_when_the_month_is_shared_out() -> None:
    subscriber, listing = Subscriber(), planned()
    month = subscriber.pays(timezone.now())
    subscriber.speaks(listing)
    assert _commission() == (0, 149)
    adds_up()
    for _ in range(2):
        plan_shares.share_month(month_id=month.pk)
    assert _commission() == (149, 0)
    adds_up()


def test_the_commission_on_a_silent_month_is_earned_when_its_share_is_carried_over() -> None:
    subscriber = Subscriber()
    now = timezone.now()
    first = subscriber.pays(now - A_MONTH - timedelta(days=2))
    subscriber.pays(now)
    plan_shares.share_month(month_id=first.pk)
    assert _commission() == (149, 149)


def test_a_refund_takes_commission_that_is_not_earned_yet_before_any_that_is() -> None:
    subscriber, listing = Subscriber(), planned()
    month = subscriber.pays(timezone.now())
    subscriber.speaks(listing)
    refund(month.payment, 330)
    assert _commission() == (0, 99)
    plan_shares.share_month(month_id=month.pk)
    assert _commission() == (99, 0)
    refund(month.payment, 660)
    assert _commission() == (99 - 660, 0)  # the creators keep their shares
    adds_up()


def test_a_month_that_is_refunded_whole_leaves_no_commission() -> None:
    subscriber = Subscriber()
    month = subscriber.pays(timezone.now())
    for part in (100, 333, 557):
        refund(month.payment, part)
    assert _commission() == (0, 0)
    plan_shares.share_month(month_id=month.pk)
    assert _commission() == (0, 0)
    adds_up()


def test_a_month_whose_commission_was_earned_when_it_was_paid_earns_it_once() -> None:
    subscriber, listing = Subscriber(), planned()
    month = subscriber.pays(timezone.now())
    subscriber.speaks(listing)
    ledger.post(  # as months that earlier releases posted
        kind=LedgerEntry.Kind.PLAN_PAID,
        idempotency_key=f"plan-earned-{month.pk}",
        lines=[
            (ledger.account(Kind.DEFERRED, "USD"), 149),
            (ledger.account(Kind.COMMISSION, "USD"), -149),
        ],
    )
    refund(month.payment, 330)
    assert _commission() == (99, 0)
    plan_shares.share_month(month_id=month.pk)
    assert _commission() == (99, 0)


def test_a_silent_month_is_not_shared_by_licences_that_were_refunded_or_revoked() -> None:
    subscriber, now = Subscriber(), timezone.now()
    listings = [factories.make_listing() for _ in range(3)]
    held, refunded, revoked = [
        factories.make_licence(listing, subscriber.key.owner) for listing in listings
    ]
    lifecycle.refund_licence(licence=refunded)
    lifecycle.revoke_licence(licence=revoked, reason="The payment was taken back.")
    for months_ago in (3, 2):
        subscriber.pays(now - months_ago * A_MONTH)
    assert plan_shares.share_ended_months(now) == 2
    earned = Earning.objects.filter(source=Earning.Source.PLAN).values_list(
        "creator", "share_minor"
    )
    assert list(earned) == [(held.voice.creator_id, 2 * 841)]
    adds_up()


@pytest.mark.parametrize(("present", "chosen"), [("basic", "pro"), ("pro", "basic")])
def test_a_plan_is_not_changed_between_the_end_of_its_month_and_the_payment_of_the_next(
    present: str, chosen: str
) -> None:
    subscriber = Subscriber(present)
    subscriber.pays(
        timezone.now() - A_MONTH - timedelta(minutes=10), plans.PLANS[present].price_minor
    )
    with pytest.raises(Refused) as refusal:
        plan_changes.show(
            organization=subscriber.organization, plan=chosen, by=subscriber.key.owner
        )
    assert refusal.value.code == "renewing"
    assert plans.plan_of(subscriber.organization).code == present


def test_the_plan_is_that_of_the_month_that_began_last_in_whatever_order_they_are_recorded() -> (
    None
):
    subscriber, now = Subscriber("pro"), timezone.now()
    present = subscriber.pays(now - timedelta(hours=1), 4_900)
    earlier = subscriber.pays(now - A_MONTH - timedelta(hours=2))
    PlanMonth.objects.filter(pk=earlier.pk).update(plan="basic")
    assert plans.plan_of(subscriber.organization).code == "pro"
    assert plans.current_month(subscriber.organization) == present
