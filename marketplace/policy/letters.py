"""Letters to an organization that is slowed down, stopped or released."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy

from marketplace.accounts.organizations import Right, roles_with
from marketplace.letters import services as letters
from marketplace.letters.languages import in_sentence
from marketplace.policy.models import Suspicion

LETTERS = {
    "slowed": (
        gettext_lazy("%(organization)s has been slowed down"),
        gettext_lazy(
            "We saw something unusual: %(kind)s. Until a moderator has looked at it, only a few "
            "requests per minute are accepted. If it continues, speech stops. You can explain it here:"
        ),
    ),
    "stopped": (
        gettext_lazy("%(organization)s has been stopped"),
        gettext_lazy(
            "We saw something unusual: %(kind)s. No request is accepted until a moderator has "
            "decided. Your licences and credit remain yours. You can explain it here:"
        ),
    ),
    "released": (
        gettext_lazy("%(organization)s has been released"),
        gettext_lazy("A moderator has looked at it, and everything works again:"),
    ),
}

OF_A_KEY = {  # what its owner can do at once
    "slowed": gettext_lazy(
        "Web pages may use this key, so whoever opens one can copy it. Your other keys work as before; if it "
        "isn't you, revoke this one and make another."
    ),
    "stopped": gettext_lazy(
        "This concerns one key alone, which web pages may use. Your other keys work as before, and so does a "
        "new one in its place."
    ),
}


def page() -> str:
    """The page where an organization explains itself."""
    return str(settings.BASE_URL) + reverse("storefront:licences")


def tell(suspicion: Suspicion) -> None:
    """Send the letter of a suspicion's state to everyone in the organization who may explain it."""

    def words() -> tuple[str, str]:
        kind = in_sentence(suspicion.get_kind_display())
        said = {"organization": suspicion.of_whom, "kind": kind}
        subject, body = (str(part) % said for part in LETTERS[suspicion.state])
        if suspicion.api_key is not None and suspicion.state in OF_A_KEY:
            body = f"{OF_A_KEY[suspicion.state]} {body}"
        return subject, f"{body}\n\n{page()}\n"

    addresses = suspicion.organization.memberships.filter(
        role__in=roles_with(Right.KEYS)
    ).values_list("user__email", flat=True)
    letters.write(to=addresses, words=words)
