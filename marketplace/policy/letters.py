"""Letters to an organization that is slowed down, stopped or released."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from marketplace.accounts.organizations import Right, roles_with
from marketplace.letters import services as letters
from marketplace.policy.models import Suspicion

LETTERS = {
    "slowed": (
        "{organization} has been slowed down",
        "We saw something unusual: {kind}. Until a moderator has looked at it, only a few requests "
        "per minute are accepted. If it continues, speech stops. You can explain it here:",
    ),
    "stopped": (
        "{organization} has been stopped",
        "We saw something unusual: {kind}. No request is accepted until a moderator has decided. "
        "Your licences and credit remain yours. You can explain it here:",
    ),
    "released": (
        "{organization} has been released",
        "A moderator has looked at it, and everything works again:",
    ),
}


def page() -> str:
    """The page where an organization explains itself."""
    return str(settings.BASE_URL) + reverse("storefront:licences")


def tell(suspicion: Suspicion) -> None:
    """Send the letter of a suspicion's state to everyone in the organization who may explain it."""
    with translation.override(settings.LANGUAGE_CODE):  # not the language of whoever decided
        kind = suspicion.get_kind_display().lower()
    words = {"organization": suspicion.organization, "kind": kind}
    subject, body = (part.format(**words) for part in LETTERS[suspicion.state])
    addresses = suspicion.organization.memberships.filter(
        role__in=roles_with(Right.KEYS)
    ).values_list("user__email", flat=True)
    letters.write(to=addresses, subject=subject, text=f"{body}\n\n{page()}\n")
