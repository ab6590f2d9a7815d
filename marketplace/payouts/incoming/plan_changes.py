"""Another plan in the shop: dearer at once, with the rest of the month credited; cheaper from the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing import plan_letters, plans
from marketplace.licensing.models import PlanSubscription
from marketplace.licensing.plans import Plan
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import left_plans, subscriptions
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import carried
from marketplace.refusals import ProviderRefused, Refused

WANTS_BUYER = (stripe_api.NEEDS_BUYER, "subscription_payment_intent_requires_action")
SHOWN_FOR = timedelta(minutes=15)  # for which a price that was worked out can be accepted


@dataclass(frozen=True)
class PlanChange:
    """What a change of plan does, as it is shown before it is made.

    begins_at: of the new plan; cost: what is credited and charged, None where nothing is now; at: Unix
    seconds for which that was worked out.
    """

    present: Plan
    plan: Plan
    begins_at: datetime
    at: int
    cost: stripe_api.ChangePreview | None

    @property
    def price(self) -> Money:
        return Money(self.plan.price_minor, settings.CURRENCY)


def show(*, organization: Organization, plan: str, by: User, at: int | None = None) -> PlanChange:
    """Work out what a change of plan would cost now; nothing is changed.

    at: when it was worked out before, so that it comes to the same.

    Raises:
        Refused: not_a_member, role_too_small, no_plan, plan, payment_due, yearly, plan_ends,
            buyer_left, not_your_plan, renewing, too_old, spoken, returned.
        PaymentProviderUnavailable: try again.
    """
    subscription, chosen = _changeable(organization, plan, by)
    standing, now = plans.Standing(organization), timezone.now()
    present = standing.plan
    if not plans.paid_months_at(organization, now).exists():
        raise Refused(
            "renewing", "Your plan is being billed. Come back in an hour, then change it."
        )
    at = int(now.timestamp()) if at is None else at
    if not timedelta(0) <= now - datetime.fromtimestamp(at, UTC) <= SHOWN_FOR:
        raise Refused("too_old", gettext("What this costs has changed a little. Look at it again."))
    if chosen.price_minor <= present.price_minor:
        ends = standing.month.ends_at
        return PlanChange(present, chosen, now if chosen == present else ends, at, None)
    _require_creditable(organization, now)
    cost = stripe_api.preview_change(
        subscription_id=subscription.provider_id, price=_price(chosen), at=at
    )
    return PlanChange(present, chosen, now, at, cost)


def _changeable(organization: Organization, plan: str, by: User) -> tuple[PlanSubscription, Plan]:
    require(by, organization, Right.BUY)
    subscription, chosen = plans.subscription_of(organization), plans.PLANS.get(plan)
    if subscription is None:
        raise Refused("no_plan", gettext("You have no plan yet; choose one."))
    left_plans.require_buyer(subscription, by)
    if chosen is None or not chosen.price_minor or chosen.code == subscription.plan:
        raise Refused("plan", gettext("Choose another of the paid plans."))
    if subscription.state == PlanSubscription.State.PAST_DUE:
        raise Refused("payment_due", gettext("Pay for your present plan first."))
    if subscription.yearly:
        raise Refused(
            "yearly",
            gettext("Your year is paid. End it, then choose another plan when it is over."),
        )
    if subscription.cancels:
        raise Refused(
            "plan_ends", gettext("Your plan is about to end. Continue it, then change it.")
        )
    return subscription, chosen


def _require_creditable(organization: Organization, now: datetime) -> None:
    """The rest of a month is credited by its days, if it stays paid and no more of it is spoken."""
    month = plans.paid_months_at(organization, now).first()
    if month is None:
        return
    behind = Payment.objects.filter(plan_month__in=[month, *carried.months_before(month)])
    if any(carried.goes_back(payment) for payment in behind):
        raise Refused(
            "returned",
            gettext(
                "A payment for this month is refunded or disputed, so its rest can't be credited. Change your "
                "plan when the next month begins."
            ),
        )
    if plans.is_spoken_ahead(month, now, subscriptions.SPOKEN_AHEAD):
        raise Refused(
            "spoken",
            gettext(
                "More of this month's characters are spoken than of its days have passed, so its rest can't be "
                "credited. Change your plan later in the month."
            ),
        )


def _price(plan: Plan) -> str:
    return stripe_api.ensure_price(
        plan=plan.code,
        name=f"{settings.PLATFORM_NAME} {plan.name}",
        price=Money(plan.price_minor, settings.CURRENCY),
    )


def change(
    *, organization: Organization, plan: str, by: User, at: int, shown_minor: int
) -> PlanChange:
    """Change the plan as it was shown: what is charged is `shown_minor`, with tax, or nothing happens.

    Raises:
        Refused: what `show` refuses, other_price, declined, needs_buyer.
        PaymentProviderUnavailable: the outcome is unknown; try again.
    """
    shown = show(organization=organization, plan=plan, by=by, at=at)
    due = shown.cost.total.minor if shown.cost is not None else 0
    if due != shown_minor:
        raise Refused("other_price", gettext("What this costs has changed. Look at it again."))
    subscription = plans.subscription_of(organization)
    assert subscription is not None
    audit.record(actor=by, action="plan.change_asked", subject=subscription, plan=plan, minor=due)
    if shown.cost is None:
        stripe_api.change_at_period_end(
            subscription_id=subscription.provider_id, price=_price(shown.plan)
        )
        subscriptions.refresh_subscription(subscription.provider_id)
        return shown
    if stripe_api.pending_change(subscription.provider_id) is not None:
        raise _needs_buyer()
    wanted = f"{subscription.provider_id}-{plan}-{at}"
    try:
        invoice = stripe_api.change_at_once(
            subscription_id=subscription.provider_id,
            price=_price(shown.plan),
            at=at,
            key=f"change-{wanted}",
        )
    except ProviderRefused as refusal:
        if refusal.code not in WANTS_BUYER:
            raise _declined(refusal) from refusal
        _ask_buyer(subscription, shown, by, key=f"ask-{wanted}")
        raise _needs_buyer() from refusal
    subscriptions.record_invoice(invoice)
    return shown


def _ask_buyer(subscription: PlanSubscription, shown: PlanChange, by: User, *, key: str) -> None:
    """Have the change made once its buyer has satisfied their bank, and tell them where."""
    try:
        stripe_api.ask_for_change(
            subscription_id=subscription.provider_id, price=_price(shown.plan), at=shown.at, key=key
        )
    except ProviderRefused as refusal:
        raise _declined(refusal) from refusal
    assert shown.cost is not None
    plan_letters.tell_to_confirm(subscription, by, shown.plan.name, shown.cost.total)


def pending_of(*, organization: Organization, by: User) -> stripe_api.PendingChange | None:
    """The change of plan that waits until its payment is confirmed; None if none does.

    Raises:
        Refused: not_a_member, role_too_small, buyer_left, not_your_plan.
        PaymentProviderUnavailable: try again.
    """
    require(by, organization, Right.BUY)
    subscription = plans.subscription_of(organization)
    if subscription is None:
        return None
    left_plans.require_buyer(subscription, by)
    return stripe_api.pending_change(subscription.provider_id)


def _needs_buyer() -> Refused:
    return Refused(
        "needs_buyer",
        gettext(
            "Your bank wants you to confirm this payment. Nothing is charged and your plan stays as it is "
            "until you do, within a day."
        ),
    )


def _declined(refusal: ProviderRefused) -> Refused:
    return Refused(
        "declined",
        gettext("%(refusal)s Nothing was charged, and your plan is the one that it was.")
        % {"refusal": refusal},
    )
