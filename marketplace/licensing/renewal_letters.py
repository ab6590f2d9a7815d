"""Letters to whoever had a licence renew by itself."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy

from marketplace import dates
from marketplace.letters import services as letters
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import RenewalRound, StandingRenewal
from marketplace.retelling import retell

LETTERS = {
    "on": (
        gettext_lazy("Licence %(number)s now renews automatically"),
        gettext_lazy("You agreed to this:\n\n%(words)s\n\nIts present term ends on %(ends)s."),
    ),
    "announced": (
        gettext_lazy("Licence %(number)s will be renewed for %(price)s"),
        gettext_lazy(
            "On %(charged)s, %(price)s plus any tax will be charged to your saved payment method. "
            "%(voice)s then speaks for another term, until %(next_ends)s, on the same conditions and at "
            "the price of your licence, whatever others pay now.\n\nTo stop this, choose “Don't renew” on "
            "the licence's page before that day; the licence then ends on %(ends)s."
        ),
    ),
    "declined": (
        gettext_lazy("The payment for licence %(number)s was declined"),
        gettext_lazy(
            "%(price)s plus any tax could not be charged. %(voice)s speaks on until %(silent)s. You can "
            "pay with another card on the licence's page."
        ),
    ),
    "needs_you": (
        gettext_lazy("Please confirm the payment for licence %(number)s"),
        gettext_lazy(
            "Your bank wants you to confirm the payment of %(price)s plus any tax. Sign in, open the page "
            "below and choose “Confirm and pay”. %(voice)s speaks on until %(silent)s, and falls silent "
            "then unless you confirm."
        ),
    ),
    "given_up": (
        gettext_lazy("Licence %(number)s was not renewed"),
        gettext_lazy(
            "%(why)s It no longer renews automatically, and nothing more will be charged."
        ),
    ),
    "stopped": (
        gettext_lazy("Licence %(number)s no longer renews automatically"),
        gettext_lazy(
            "%(why)s Nothing more will be charged, unless you agree to it again on the licence's page."
        ),
    ),
    "off": (
        gettext_lazy("Licence %(number)s no longer renews automatically"),
        gettext_lazy("Nothing more will be charged. The licence ends on %(ends)s."),
    ),
}
_DECLINED_FOR_NOW = gettext_lazy(
    "%(price)s plus any tax could not be charged. We will try again on %(charged)s. %(voice)s speaks on "
    "until %(silent)s. You can pay with another card on the licence's page."
)


def tell(standing: StandingRenewal, letter: str, found: RenewalRound | None = None) -> None:
    """Send a letter of `LETTERS` in the transaction of the change, to whoever agreed to be charged."""
    licence = standing.licence
    if not standing.by.is_active:
        return  # they were erased

    def words() -> tuple[str, str]:
        subject, body = LETTERS[letter]
        said = _said(standing, found)
        if letter == "declined" and "charged" in said:
            body = _DECLINED_FOR_NOW
        page = settings.BASE_URL + reverse("storefront:licence", args=[licence.public_id])
        return str(subject) % said, f"{str(body) % said}\n\n{page}\n"

    letters.write(to=[standing.by.email], words=words)


def _said(standing: StandingRenewal, found: RenewalRound | None) -> dict[str, str]:
    """What a letter may name, in the language in force."""
    licence = standing.licence
    said = {
        "number": licence.number,
        "voice": licence.terms["voice_name"],
        "words": standing.words,
        "why": retell(standing.why_off),
        "ends": dates.to_the_reader(licence.ends_at),
        "silent": dates.to_the_reader(licence.silent_from),
    }
    if found is not None:
        following = months_later(found.term_ends_at, licence.terms["term_months"])
        said["price"], said["next_ends"] = str(found.price), dates.to_the_reader(following)
        if found.charge_at is not None:
            said["charged"] = dates.to_the_reader(found.charge_at)
    return said
