"""Another plan in the shop: dearer at once, with the rest of the month credited; cheaper from the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing import plans
from marketplace.licensing.models import PlanSubscription
from marketplace.licensing.plans import Plan
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import subscriptions
from marketplace.payouts.models import Dispute, Payment, Refund
from marketplace.refusals import ProviderRefused, Refused

SPOKEN_AHEAD = 0.1  # of a month's characters, that may be spoken ahead of its days
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
            too_old, spoken, returned.
        PaymentProviderUnavailable: try again.
    """
    subscription, chosen = _changeable(organization, plan, by)
    present, now = plans.plan_of(organization), timezone.now()
    at = int(now.timestamp()) if at is None else at
    if not timedelta(0) <= now - datetime.fromtimestamp(at, UTC) <= SHOWN_FOR:
        raise Refused("too_old", "What this costs has changed a little. Look at it again.")
    if chosen.price_minor <= present.price_minor:
        ends = plans.current_month(organization).ends_at
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
        raise Refused("no_plan", "You have no plan yet; choose one.")
    if chosen is None or not chosen.price_minor or chosen.code == subscription.plan:
        raise Refused("plan", "Choose another of the paid plans.")
    if subscription.state == PlanSubscription.State.PAST_DUE:
        raise Refused("payment_due", "Pay for your present plan first.")
    if subscription.yearly:
        raise Refused(
            "yearly", "Your year is paid. End it, then choose another plan when it is over."
        )
    if subscription.cancels:
        raise Refused("plan_ends", "Your plan is about to end. Continue it, then change it.")
    return subscription, chosen


def _require_creditable(organization: Organization, now: datetime) -> None:
    """The rest of a month is credited by its days, if it stays paid and no more of it is spoken."""
    paid = organization.plan_months.filter(
        invoice__isnull=False, starts_at__lte=now, ends_at__gt=now
    )
    month = paid.order_by("-starts_at").first()  # also one that a dispute has stopped
    if month is None:
        return
    payment = Payment.objects.filter(plan_month=month).first()
    if payment is not None and _goes_back(payment):
        raise Refused(
            "returned",
            "The payment for this month is refunded or disputed, so its rest can't be credited. Change your "
            "plan when the next month begins.",
        )
    passed = (now - month.starts_at) / (month.ends_at - month.starts_at)
    if month.characters_used > (passed + SPOKEN_AHEAD) * month.characters_included:
        raise Refused(
            "spoken",
            "More of this month's characters are spoken than of its days have passed, so its rest can't be "
            "credited. Change your plan later in the month.",
        )


def _goes_back(payment: Payment) -> bool:
    disputed = payment.disputes.exclude(state=Dispute.State.WON)
    return payment.refunds.exclude(state=Refund.State.FAILED).exists() or disputed.exists()


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
        raise Refused("other_price", "What this costs has changed. Look at it again.")
    subscription = plans.subscription_of(organization)
    assert subscription is not None
    audit.record(actor=by, action="plan.change_asked", subject=subscription, plan=plan, minor=due)
    if shown.cost is None:
        stripe_api.change_at_period_end(
            subscription_id=subscription.provider_id, price=_price(shown.plan)
        )
        subscriptions.refresh_subscription(subscription.provider_id)
        return shown
    try:
        invoice = stripe_api.change_at_once(
            subscription_id=subscription.provider_id,
            price=_price(shown.plan),
            at=at,
            key=f"change-{subscription.provider_id}-{plan}-{at}",
        )
    except ProviderRefused as refusal:
        raise _why_refused(refusal) from refusal
    subscriptions.record_invoice(invoice)
    return shown


def _why_refused(refusal: ProviderRefused) -> Refused:
    if refusal.code in (stripe_api.NEEDS_BUYER, "subscription_payment_intent_requires_action"):
        return Refused(
            "needs_buyer",
            "Your bank wants to confirm this card with you, which can't be done here. Save another card "
            "under “Card, invoices, cancellation”. Nothing was charged and nothing has changed.",
        )
    return Refused(
        "declined", f"{refusal} Nothing was charged, and your plan is the one that it was."
    )
