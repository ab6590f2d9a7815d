"""Letters to whoever had a licence renew by itself."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from marketplace import dates
from marketplace.letters import services as letters
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import RenewalRound, StandingRenewal

LETTERS = {
    "on": (
        "Licence {number} now renews automatically",
        "You agreed to this:\n\n{words}\n\nIts present term ends on {ends}.",
    ),
    "announced": (
        "Licence {number} will be renewed for {price}",
        "On {charged}, {price} plus any tax will be charged to your saved payment method. {voice} then "
        "speaks for another term, until {next_ends}, on the same conditions and at the price of your "
        "licence, whatever others pay now.\n\nTo stop this, choose “Don't renew” on the licence's page "
        "before that day; the licence then ends on {ends}.",
    ),
    "declined": (
        "The payment for licence {number} was declined",
        "{price} plus any tax could not be charged. {again}{voice} speaks on until {silent}. You can pay "
        "with another card on the licence's page.",
    ),
    "needs_you": (
        "Please confirm the payment for licence {number}",
        "Your bank wants you to confirm the payment of {price} plus any tax. Sign in, open the page below and "
        "choose “Confirm and pay”. {voice} speaks on until {silent}, and falls silent then unless you confirm.",
    ),
    "given_up": (
        "Licence {number} was not renewed",
        "{why} It no longer renews automatically, and nothing more will be charged.",
    ),
    "stopped": (
        "Licence {number} no longer renews automatically",
        "{why} Nothing more will be charged, unless you agree to it again on the licence's page.",
    ),
    "off": (
        "Licence {number} no longer renews automatically",
        "Nothing more will be charged. The licence ends on {ends}.",
    ),
}  # fmt: skip


def tell(standing: StandingRenewal, letter: str, found: RenewalRound | None = None) -> None:
    """Send a letter of `LETTERS` in the transaction of the change, to whoever agreed to be charged."""
    licence = standing.licence
    if not standing.by.is_active:
        return  # they were erased
    words = {
        "number": licence.number,
        "voice": licence.terms["voice_name"],
        "words": standing.words,
        "why": standing.why_off,
        "ends": dates.in_words(licence.ends_at),
        "silent": dates.in_words(licence.silent_from),
        "again": "",
    }
    if found is not None:
        following = months_later(found.term_ends_at, licence.terms["term_months"])
        words["price"], words["next_ends"] = str(found.price), dates.in_words(following)
        if found.charge_at is not None:
            words["charged"] = dates.in_words(found.charge_at)
            words["again"] = f"We will try again on {words['charged']}. "
    subject, body = (part.format(**words) for part in LETTERS[letter])
    page = settings.BASE_URL + reverse("storefront:licence", args=[licence.public_id])
    letters.write(to=[standing.by.email], subject=subject, text=f"{body}\n\n{page}\n")
