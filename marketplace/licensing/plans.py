"""The platform's plans: a month of characters on any voice whose creator joined."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from marketplace.accounts.models import Organization, User
from marketplace.compliance import audit
from marketplace.licensing import plan_letters
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import PlanMonth, PlanSubscription, PlanYear
from marketplace.money import Money
from marketplace.voices.uses import SENSITIVE_USES, Use

MONTHS_OF_YEAR, MONTHS_PAID = 12, 10  # of a year that is paid at once
GRACE = timedelta(days=3)  # between the end of a period and the news that the next is paid


_TOLD = {
    "free": pgettext_lazy("plan", "Free"),
    "basic": pgettext_lazy("plan", "Basic"),
    "pro": pgettext_lazy("plan", "Pro"),
}


@dataclass(frozen=True)
class Plan:
    """price_minor: per month, without tax; streams: concurrent; requests: per minute."""

    code: str
    name: str
    price_minor: int
    characters: int
    streams: int
    requests: int
    keys: int
    preview: bool = False

    @property
    def told(self) -> str:
        """Its name in the language of the page; documents and letters have `name`, which is the brand."""
        return str(_TOLD[self.code])

    @property
    def yearly_minor(self) -> int:
        """The price of a year that is paid at once, without tax."""
        return MONTHS_PAID * self.price_minor


def _price(written: str) -> int:
    return Money.parse(written, settings.CURRENCY).minor


FREE = Plan("free", "Free", 0, 5_000, 1, 10, 1, preview=True)
BASIC = Plan("basic", "Basic", _price(settings.PLAN_BASIC_PRICE), 100_000, 5, 120, 5)
PRO = Plan("pro", "Pro", _price(settings.PLAN_PRO_PRICE), 550_000, 15, 600, 25)
PLANS = {plan.code: plan for plan in (FREE, BASIC, PRO)}
USES = [str(use) for use in Use if use not in SENSITIVE_USES]  # that plans allow


def subscription_of(organization: Organization) -> PlanSubscription | None:
    """The current subscription of an organization."""
    return organization.subscriptions.exclude(state=PlanSubscription.State.ENDED).first()


def subscriptions_visible_to(user: User) -> QuerySet[PlanSubscription]:
    """The current subscriptions of a user and their teams."""
    theirs = PlanSubscription.objects.filter(organization__memberships__user=user)
    current = theirs.exclude(state=PlanSubscription.State.ENDED)
    return current.select_related("organization").order_by("id")


@dataclass(frozen=True)
class Standing:
    """Where an organization stands with its plan; what was read once is not read again."""

    organization: Organization

    @cached_property
    def subscription(self) -> PlanSubscription | None:
        """Its current subscription."""
        return subscription_of(self.organization)

    @cached_property
    def paid_month(self) -> PlanMonth | None:
        """The paid month that runs, of whichever plan: a cheaper one is billed from the next month."""
        paid = self.organization.plan_months.filter(invoice__isnull=False, stopped_at=None)
        return paid.filter(ends_at__gt=timezone.now() - GRACE).order_by("-starts_at", "-id").first()

    @property
    def plan(self) -> Plan:
        """Its plan: of the month it has paid for; the free one if it pays for none."""
        if self.subscription is None:
            return FREE
        return PLANS[self.paid_month.plan if self.paid_month else self.subscription.plan]

    @property
    def paying(self) -> Plan:
        """The plan whose limits hold: of the month that it has paid for; the free one while none is paid."""
        return PLANS[self.paid_month.plan] if self.has_arrived and self.paid_month else FREE

    @property
    def has_arrived(self) -> bool:
        """Whether a plan runs and its month is paid: an earlier plan's may last a while, and one begins unpaid."""
        return self.subscription is not None and self.paid_month is not None

    @cached_property
    def paid_until(self) -> datetime | None:
        """When what is paid of a plan ends, which may be a year of months; None: nothing is paid."""
        month = self.paid_month
        if month is None:
            return None
        year = month.year
        return month.ends_at if year is None else months_later(year.starts_at, MONTHS_OF_YEAR)

    @cached_property
    def month(self) -> PlanMonth:
        """The period that speech counts against now; a free period begins on first use.

        The free characters are a person's, not a team's: else every new team would bring as many.
        """
        if self.subscription is not None and self.paid_month is not None:
            return self.paid_month
        now = timezone.now()
        start = datetime(now.year, now.month, 1, tzinfo=now.tzinfo)
        month, _ = PlanMonth.objects.get_or_create(
            organization=self.organization,
            starts_at=start,
            defaults={
                "plan": FREE.code,
                "ends_at": months_later(start, 1),
                "characters_included": FREE.characters if self.organization.personal_of_id else 0,
                "currency": settings.CURRENCY,
            },
        )
        return month


def plan_of(organization: Organization) -> Plan:
    """The plan of an organization."""
    return Standing(organization).plan


def paying_plan(organization: Organization) -> Plan:
    """The plan whose limits an organization has: none but the free one's while its payment is disputed."""
    return Standing(organization).paying


def current_month(organization: Organization) -> PlanMonth:
    """The period that an organization's speech counts against now."""
    return Standing(organization).month


def paid_months_at(organization: Organization, at: datetime) -> QuerySet[PlanMonth]:
    """The paid months that run at a time, also those that a dispute has stopped, the latest first."""
    paid = organization.plan_months.filter(invoice__isnull=False)
    return paid.filter(starts_at__lt=at, ends_at__gt=at).order_by("-starts_at")


def is_spoken_ahead(month: PlanMonth, at: datetime, most: float) -> bool:
    """Whether more of a month's characters are spoken than of its days have passed at a time.

    most: of its characters, that may be spoken ahead.
    """
    passed = (at - month.starts_at) / (month.ends_at - month.starts_at)
    return month.characters_used > (passed + most) * month.characters_included


def stop_month(*, month_id: int, reason: str) -> None:
    """Stop speech on a month whose payment was refunded or is disputed."""
    with transaction.atomic():
        month = PlanMonth.objects.select_for_update(no_key=True).get(pk=month_id)
        if month.stopped_at is None:
            month.stopped_at = timezone.now()
            month.save(update_fields=["stopped_at"])
            audit.record(actor=None, action="plan.month_stopped", subject=month, reason=reason)


def resume_month(*, month_id: int) -> None:
    """Resume speech on a month after the dispute about its payment was won."""
    with transaction.atomic():
        month = PlanMonth.objects.select_for_update(no_key=True).get(pk=month_id)
        if month.stopped_at is not None:
            month.stopped_at = None
            month.save(update_fields=["stopped_at"])
            audit.record(actor=None, action="plan.month_resumed", subject=month)


def stop_year(*, year_id: int, reason: str) -> None:
    """Grant no more months of a year whose payment was refunded or is disputed, and stop those that speak.

    The one before the last speaks on for `GRACE`, so it is stopped too.
    """
    with transaction.atomic():
        year = PlanYear.objects.select_for_update(no_key=True).get(pk=year_id)
        if year.stopped_at is None:
            year.stopped_at = timezone.now()
            year.save(update_fields=["stopped_at"])
            audit.record(actor=None, action="plan.year_stopped", subject=year, reason=reason)
        for month in year.months.filter(ends_at__gt=timezone.now() - GRACE).order_by("starts_at"):
            stop_month(month_id=month.pk, reason=reason)


def resume_year(*, year_id: int) -> None:
    """Grant the months of a year again after the dispute about its payment was won."""
    with transaction.atomic():
        year = PlanYear.objects.select_for_update(no_key=True).get(pk=year_id)
        if year.stopped_at is not None:
            year.stopped_at = None
            year.save(update_fields=["stopped_at"])
            audit.record(actor=None, action="plan.year_resumed", subject=year)
        for month in year.months.exclude(stopped_at=None).order_by("starts_at"):
            resume_month(month_id=month.pk)


def begin_subscription(
    *,
    organization: Organization,
    buyer_id: int,
    plan: str,
    provider_id: str,
    customer: str,
    yearly: bool = False,
) -> PlanSubscription | None:
    """Record a subscription that began at the provider; a repeat changes nothing.

    None: the organization has another plan, which began at the same moment.
    """
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        existing = PlanSubscription.objects.filter(provider_id=provider_id).first()
        if existing is not None:
            return existing
        if subscription_of(organization) is not None:
            return None
        subscription = PlanSubscription.objects.create(
            organization=organization,
            buyer_id=buyer_id,
            plan=plan,
            provider_id=provider_id,
            customer=customer,
            yearly=yearly,
        )
        audit.record(actor=None, action="plan.begun", subject=subscription, plan=plan)
        plan_letters.tell(subscription, "begun")
    return subscription


def _letter_of_change(subscription: PlanSubscription, plan: str) -> str:
    """Which letter tells of a change: a cheaper plan begins when the paid month is over."""
    present, chosen = plan_of(subscription.organization), PLANS[plan]
    if chosen == present:
        return "kept"
    return "changes" if chosen.price_minor < present.price_minor else "changed"


def apply_subscription(*, provider_id: str, status: str, cancels: bool, plan: str) -> None:
    """Bring a subscription to the state it has at the provider."""
    to = {
        "active": PlanSubscription.State.ACTIVE,
        "trialing": PlanSubscription.State.ACTIVE,
        "past_due": PlanSubscription.State.PAST_DUE,
        "unpaid": PlanSubscription.State.PAST_DUE,
        "paused": PlanSubscription.State.PAST_DUE,
    }.get(status, PlanSubscription.State.ENDED)
    with transaction.atomic():
        subscription = (
            PlanSubscription.objects.select_for_update(no_key=True)
            .filter(provider_id=provider_id)
            .first()
        )
        if subscription is None or subscription.state == PlanSubscription.State.ENDED:
            return
        letters = [
            letter
            for letter, changed in (
                (_letter_of_change(subscription, plan), subscription.plan != plan),
                ("cancelled", cancels and not subscription.cancels),
                (to, subscription.state != to),
            )
            if changed
        ]
        subscription.cancels, subscription.plan = cancels, plan
        subscription.save(update_fields=["cancels", "plan"])
        if subscription.state != to:
            subscription.transition(to)
            audit.record(actor=None, action=f"plan.{to}", subject=subscription)
        standing = Standing(subscription.organization)
        until = standing.paid_until if "cancelled" in letters else None
        for letter in letters:
            plan_letters.tell(subscription, letter, until=until)
