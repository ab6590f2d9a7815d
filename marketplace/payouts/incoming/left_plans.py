"""Whose card pays for a plan: they alone change and end it, and once they have left it pays for nothing more.

What is paid runs to its end; then somebody else may subscribe, with their own card.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from marketplace.accounts.models import Membership, User
from marketplace.compliance import audit
from marketplace.licensing.models import PlanSubscription
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import subscriptions
from marketplace.refusals import ProviderRefused, Refused

State = PlanSubscription.State
_log = logging.getLogger(__name__)
_CHARGES = Q(cancels=False) | Q(state=State.PAST_DUE)  # also what is ending, while its bill is open

_BUYER_IS_MEMBER = Exists(
    Membership.objects.filter(user=OuterRef("buyer"), organization=OuterRef("organization"))
)


def charged_to(user: User) -> QuerySet[PlanSubscription]:
    """The plans that a person's card pays for, in whatever account."""
    running = PlanSubscription.objects.filter(buyer=user).exclude(state=State.ENDED)
    return running.select_related("organization")


def goes_on_charging(user: User) -> QuerySet[PlanSubscription]:
    """Those of them that will be charged again unless somebody ends them."""
    return charged_to(user).filter(_CHARGES)


def has_left(subscription: PlanSubscription) -> bool:
    """Whether the buyer of a plan is no member of its account any more."""
    members = subscription.organization.memberships
    return not members.filter(user=subscription.buyer_id).exists()


def require_buyer(subscription: PlanSubscription, by: User) -> None:
    """Refuse to charge more to a plan's card, or to show anything of it.

    A role that buys for the team does not buy with somebody else's card.

    Raises:
        Refused: buyer_left, not_your_plan.
    """
    if has_left(subscription):
        raise Refused(
            "buyer_left",
            gettext(
                "Whoever subscribed has left, so this plan ends with what is paid. Then subscribe again with "
                "another card."
            ),
        )
    _require_own(subscription, by)


def _require_own(subscription: PlanSubscription, by: User) -> None:
    if subscription.buyer_id != by.pk:
        raise Refused("not_your_plan", gettext("Another person's card pays for this plan."))


def end(*, subscription: PlanSubscription, by: User) -> None:
    """End a plan that one's own card pays for, whoever has it, when what is paid is over.

    One whose payment is due ends at once. A repeat changes nothing.

    Raises:
        Refused: not_your_plan.
        PaymentProviderUnavailable: try again.
    """
    subscription.refresh_from_db()
    _require_own(subscription, by)
    _end(subscription, by)


def end_left() -> int:
    """End every plan whose buyer is no member of its account any more; returns how many.

    Each is fenced by itself, so that one that the provider refuses does not keep the next running.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    running = PlanSubscription.objects.exclude(state=State.ENDED).filter(_CHARGES)
    count = 0
    for subscription in running.exclude(_BUYER_IS_MEMBER).order_by("pk"):
        try:
            _end(subscription, None)
            count += 1
        except ProviderRefused:
            _log.exception("plan %s of somebody who left still runs", subscription.pk)
    return count


def _end(subscription: PlanSubscription, by: User | None) -> None:
    """Have the provider charge no more, then follow what it says."""
    if subscription.state == State.ENDED:
        return
    if subscription.cancels and subscription.state != State.PAST_DUE:
        return
    audit.record(actor=by, action="plan.end_asked", subject=subscription)
    if subscription.state == State.PAST_DUE:  # nothing is paid that could run to its end
        end_at_once(subscription)
    else:
        _end_by(stripe_api.end_at_period_end, subscription)


def end_at_once(subscription: PlanSubscription) -> None:
    """End a plan at the provider, where it may have ended already, and follow what it says.

    Raises:
        ProviderRefused: it goes on there.
        PaymentProviderUnavailable: try again.
    """
    _end_by(stripe_api.cancel_subscription, subscription)


def _end_by(ask: Callable[[str], object], subscription: PlanSubscription) -> None:
    try:
        ask(subscription.provider_id)
    except ProviderRefused:
        subscriptions.refresh_subscription(subscription.provider_id)
        subscription.refresh_from_db()
        if subscription.state != State.ENDED:
            raise
        return
    subscriptions.refresh_subscription(subscription.provider_id)
