"""Letters to an organization that is slowed down, stopped or released."""

from __future__ import annotations

from functools import partial

from celery import current_app
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from marketplace.accounts.organizations import Right, roles_with
from marketplace.policy.models import Suspicion

LETTERS = {
    "slowed": (
        "{organization} is slowed down",
        "We saw something unusual: {kind}. Until a moderator has looked at it, a few requests a "
        "minute go through. If it goes on, speech stops. You can explain it here:",
    ),
    "stopped": (
        "{organization} is stopped",
        "We saw something unusual: {kind}. No request goes through until a moderator has decided. "
        "Licences and credit stay yours. You can explain it here:",
    ),
    "released": ("{organization} goes on", "A moderator looked at it: everything goes on:"),
}


def page() -> str:
    """Where an organization explains itself."""
    return str(settings.BASE_URL) + reverse("storefront:licences")


def on_commit(suspicion: Suspicion) -> None:
    """Send the letter of a suspicion's state when it is in the database."""
    transaction.on_commit(
        partial(
            current_app.send_task,
            "marketplace.policy.tasks.send_letter",
            [suspicion.pk, suspicion.state],
        )
    )


def send(*, suspicion_id: int, letter: str) -> None:
    """One letter of `LETTERS` to everyone in the organization who may explain it."""
    suspicion = Suspicion.objects.select_related("organization").get(pk=suspicion_id)
    words = {"organization": suspicion.organization, "kind": suspicion.get_kind_display().lower()}
    subject, body = (part.format(**words) for part in LETTERS[letter])
    addresses = list(
        suspicion.organization.memberships.filter(role__in=roles_with(Right.KEYS)).values_list(
            "user__email", flat=True
        )
    )
    send_mail(subject, f"{body}\n\n{page()}\n", None, addresses)
