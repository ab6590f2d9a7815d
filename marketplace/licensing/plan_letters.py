"""Letters at each change of a plan."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.letters import services as letters
from marketplace.licensing.models import PlanSubscription
from marketplace.money import Money

LETTERS = {
    "begun": (
        "Your {plan} plan",
        "Your plan has started; you can use its voices once payment arrives.",
    ),
    "changes": (
        "Your plan will be {plan}",
        "What you have paid for runs to its end; the next month is billed at the price of {plan}.",
    ),
    "kept": ("Your plan stays {plan}", "The next month is billed at its price, as before."),
    "changed": (
        "Your plan is {plan} now",
        "The rest of your earlier plan is credited on the invoice.",
    ),
    "cancelled": (
        "Your {plan} plan will end",
        "It continues to the end of the month you have paid for.",
    ),
    "past_due": (
        "The payment of your {plan} plan failed",
        "Its voices are silent until payment arrives; check your payment method.",
    ),
    "active": ("Your {plan} plan has been paid", "You can use its voices again."),
    "ended": ("Your {plan} plan has ended", "Licences that you bought are not affected."),
}


def tell(subscription: PlanSubscription, letter: str) -> None:
    """Send the subscriber a letter of `LETTERS`, in the transaction of the change."""
    plan = subscription.plan.capitalize()
    subject, body = (part.format(plan=plan) for part in LETTERS[letter])
    page = settings.BASE_URL + reverse("storefront:plans")
    letters.write(to=[subscription.buyer.email], subject=subject, text=f"{body}\n\n{page}\n")


def tell_to_confirm(subscription: PlanSubscription, by: User, plan: str, total: Money) -> None:
    """Tell whoever chose a dearer plan where to confirm its payment, as their bank asks."""
    page = settings.BASE_URL + reverse("storefront:confirm-plan-change")
    page += f"?organization={subscription.organization.public_id}"
    letters.write(
        to=[by.email],
        subject=f"Please confirm the payment for the {plan} plan",
        text=f"Your bank wants you to confirm the payment of {total}. Sign in, open the page below and choose "
        "“Confirm and pay” within a day. Until then your plan stays as it is, and nothing is charged."
        f"\n\n{page}\n",
    )


def tell_not_credited(subscription: PlanSubscription, plan: str, *, is_spoken: bool) -> None:
    """Tell a subscriber that a dearer plan's payment goes back, since what paid for it is gone."""
    page = settings.BASE_URL + reverse("storefront:plans")
    lost = (
        "but before your new payment arrived, more of its characters were spoken than of its days had passed"
        if is_spoken
        else "but its payment was refunded or disputed before the new one arrived"
    )
    letters.write(
        to=[subscription.buyer.email],
        subject=f"Your payment for the {plan} plan is being refunded",
        text=f"The rest of your earlier month was to be credited, {lost}. All that you paid for the {plan} plan "
        f"is on its way back to you.\n\n{page}\n",
    )


def tell_surplus(buyer: User, plan: str) -> None:
    """Tell whoever subscribed to a second plan that it was ended and its payment goes back."""
    page = settings.BASE_URL + reverse("storefront:plans")
    letters.write(
        to=[buyer.email],
        subject="You already had a plan",
        text=f"You subscribed to the {plan.capitalize()} plan although you already had a plan. The "
        f"second one has been ended, and what you paid for it is on its way back to you.\n\n{page}\n",
    )
