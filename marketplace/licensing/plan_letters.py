"""Letters at each change of a plan."""

from __future__ import annotations

from functools import partial

from celery import current_app
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from marketplace.licensing.models import PlanSubscription

LETTERS = {
    "begun": (
        "Your {plan} plan",
        "It has begun: its voices can speak for you as soon as it is paid.",
    ),
    "changed": ("Your plan is {plan} now", "The provider charges or credits the difference."),
    "cancelled": ("Your {plan} plan will end", "It goes on to the end of the month paid for."),
    "past_due": (
        "The payment of your {plan} plan failed",
        "Its voices are silent until it is paid; check your payment method.",
    ),
    "active": ("Your {plan} plan is paid", "Its voices speak again."),
    "ended": ("Your {plan} plan has ended", "Licences that you bought are not touched."),
}


def on_commit(subscription: PlanSubscription, letter: str) -> None:
    """Send a letter when the change it tells of is in the database."""
    transaction.on_commit(
        partial(
            current_app.send_task,
            "marketplace.licensing.tasks.send_plan_letter",
            [subscription.pk, letter, subscription.plan],
        )
    )


def send(*, subscription_id: int, letter: str, plan: str) -> None:
    """One letter of `LETTERS` to who subscribed; plan: its code when the change was made."""
    subscription = PlanSubscription.objects.select_related("buyer").get(pk=subscription_id)
    subject, body = (part.format(plan=plan.capitalize()) for part in LETTERS[letter])
    page = settings.BASE_URL + reverse("storefront:plans")
    send_mail(subject, f"{body}\n\n{page}\n", None, [subscription.buyer.email])
