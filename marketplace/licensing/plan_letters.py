"""Letters at each change of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from marketplace import dates
from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.letters import services as letters
from marketplace.licensing.models import PlanSubscription
from marketplace.money import Money

LETTERS = {
    "begun": (
        gettext_lazy("Your %(plan)s plan"),
        gettext_lazy("Your plan has started; you can use its voices once payment arrives."),
    ),
    "changes": (
        gettext_lazy("Your plan will be %(plan)s"),
        gettext_lazy(
            "What you have paid for runs to its end; the next month is billed at the price of %(plan)s."
        ),
    ),
    "kept": (
        gettext_lazy("Your plan stays %(plan)s"),
        gettext_lazy("The next month is billed at its price, as before."),
    ),
    "changed": (
        gettext_lazy("Your plan is %(plan)s now"),
        gettext_lazy("The rest of your earlier plan is credited on the invoice."),
    ),
    "cancelled": (
        gettext_lazy("Your %(plan)s plan will end"),
        gettext_lazy("It continues until %(day)s, the end of what you have paid for."),
    ),
    "cancelled_unpaid": (
        gettext_lazy("Your %(plan)s plan will end"),
        gettext_lazy("It continues to the end of what you have paid for."),
    ),
    "buyer_left": (
        gettext_lazy("%(account)s: the %(plan)s plan will end"),
        gettext_lazy(
            "Whoever subscribed for %(account)s has left or erased their account, so their card is charged no "
            "more. The plan continues to the end of what is paid. After that, subscribe again with another card."
        ),
    ),
    "past_due": (
        gettext_lazy("The payment of your %(plan)s plan failed"),
        gettext_lazy("Its voices are silent until payment arrives; check your payment method."),
    ),
    "active": (
        gettext_lazy("Your %(plan)s plan has been paid"),
        gettext_lazy("You can use its voices again."),
    ),
    "ended": (
        gettext_lazy("Your %(plan)s plan has ended"),
        gettext_lazy("Licences that you bought are not affected."),
    ),
}
_SPOKEN = gettext_lazy(
    "The rest of your earlier month was to be credited, but before your new payment arrived, more of its "
    "characters were spoken than of its days had passed. All that you paid for the %(plan)s plan is on its "
    "way back to you."
)
_GONE = gettext_lazy(
    "The rest of your earlier month was to be credited, but its payment was refunded or disputed before the "
    "new one arrived. All that you paid for the %(plan)s plan is on its way back to you."
)
_SPOKEN_BEFORE = gettext_lazy(
    "The rest of your earlier month was to be credited, but before the new month was paid, more of its "
    "characters were spoken than of its days had passed. So the month of the %(plan)s plan has not begun. "
    "Your card was not charged."
)
_GONE_BEFORE = gettext_lazy(
    "The rest of your earlier month was to be credited, but its payment was refunded or disputed before the "
    "new month was paid. So the month of the %(plan)s plan has not begun. Your card was not charged."
)
_USED = gettext_lazy(
    "Your credit with the payment provider paid %(used)s for it. That does not come back by itself: our "
    "finance staff have been told, and give back what is yours."
)


def tell(subscription: PlanSubscription, letter: str, *, until: datetime | None = None) -> None:
    """Send the subscriber a letter of `LETTERS`, in the transaction of the change.

    Once they have left, whoever may buy for the account has one, too. until: when what is paid ends.
    """
    to = [subscription.buyer.email] if subscription.buyer.is_active else []
    undated = letter == "cancelled" and until is None
    _tell(to, subscription, "cancelled_unpaid" if undated else letter, until)
    members = subscription.organization.memberships
    if not members.filter(user=subscription.buyer).exists():
        buyers = members.filter(role__in=roles_with(Right.BUY)).values_list(
            "user__email", flat=True
        )
        _tell(buyers, subscription, "buyer_left" if letter == "cancelled" else letter, until)


def _tell(
    to: Iterable[str], subscription: PlanSubscription, letter: str, until: datetime | None
) -> None:
    plan, account = subscription.plan.capitalize(), subscription.organization

    def words() -> tuple[str, str]:
        day = dates.to_the_reader(until) if until else ""
        said = {"plan": plan, "account": account, "day": day}
        subject, body = (str(part) % said for part in LETTERS[letter])
        return subject, f"{body}\n\n{_page()}\n"

    letters.write(to=to, words=words)


def tell_to_confirm(subscription: PlanSubscription, by: User, plan: str, total: Money) -> None:
    """Tell whoever chose a dearer plan where to confirm its payment, as their bank asks."""
    page = settings.BASE_URL + reverse("storefront:confirm-plan-change")
    page += f"?organization={subscription.organization.public_id}"

    def words() -> tuple[str, str]:
        subject = gettext("Please confirm the payment for the %(plan)s plan") % {"plan": plan}
        text = gettext(
            "Your bank wants you to confirm the payment of %(total)s. Sign in, open the page below and "
            "choose “Confirm and pay” within a day. Until then your plan stays as it is, and nothing "
            "is charged."
        ) % {"total": total}
        return subject, f"{text}\n\n{page}\n"

    letters.write(to=[by.email], words=words)


def tell_not_credited(subscription: PlanSubscription, plan: str, *, is_spoken: bool) -> None:
    """Tell a subscriber that a dearer plan's payment goes back, since what paid for it is gone."""

    def words() -> tuple[str, str]:
        said = {"plan": plan}
        subject = gettext("Your payment for the %(plan)s plan is being refunded") % said
        return subject, f"{str(_SPOKEN if is_spoken else _GONE) % said}\n\n{_page()}\n"

    letters.write(to=[subscription.buyer.email], words=words)


def tell_not_begun(
    subscription: PlanSubscription, plan: str, used: Money, *, is_spoken: bool
) -> None:
    """Tell a subscriber that a dearer plan has not begun, since what was to pay for it is gone.

    used: of their credit at the provider; nothing, or less, where it took none.
    """

    def words() -> tuple[str, str]:
        said = {"plan": plan, "used": used}
        told = [str(_SPOKEN_BEFORE if is_spoken else _GONE_BEFORE) % said]
        if used.minor > 0:
            told.append(str(_USED) % said)
        subject = gettext("The month of the %(plan)s plan has not begun") % said
        return subject, "\n\n".join([*told, _page()]) + "\n"

    letters.write(to=[subscription.buyer.email], words=words)


def tell_surplus(buyer: User, plan: str) -> None:
    """Tell whoever subscribed to a second plan that it was ended and its payment goes back."""

    def words() -> tuple[str, str]:
        text = gettext(
            "You subscribed to the %(plan)s plan although you already had a plan. The second one has "
            "been ended, and what you paid for it is on its way back to you."
        ) % {"plan": plan.capitalize()}
        return gettext("You already had a plan"), f"{text}\n\n{_page()}\n"

    letters.write(to=[buyer.email], words=words)


def _page() -> str:
    return str(settings.BASE_URL) + reverse("storefront:plans")
