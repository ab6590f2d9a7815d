"""Letters to buyers at each change of a licence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from marketplace import dates
from marketplace.letters import services as letters
from marketplace.letters.kinds import Kind
from marketplace.licensing.models import Licence, Order
from marketplace.retelling import retell
from marketplace.voices.uses import told
from marketplace.webhooks import services as webhooks

LETTERS = {
    "granted": (
        gettext_lazy("Your licence %(number)s"),
        gettext_lazy("You can speak as %(voice)s now, until %(ends)s."),
    ),
    "suspended": (
        gettext_lazy("Licence %(number)s has been suspended"),
        gettext_lazy("%(voice)s is silent for now. %(reason)s"),
    ),
    "resumed": (
        gettext_lazy("Licence %(number)s has been resumed"),
        gettext_lazy("You can speak as %(voice)s again, until %(ends)s."),
    ),
    "paused": (
        gettext_lazy("Licence %(number)s has been paused"),
        gettext_lazy("%(voice)s is silent until the payment arrives. %(reason)s"),
    ),
    "refunded": (
        gettext_lazy("Licence %(number)s has been refunded"),
        gettext_lazy("The price was refunded; %(voice)s is silent."),
    ),
    "revoked": (
        gettext_lazy("Licence %(number)s has been revoked"),
        gettext_lazy("%(voice)s is silent for good. %(reason)s"),
    ),
    "expired": (
        gettext_lazy("Licence %(number)s has ended"),
        gettext_lazy("Its term ended on %(ends)s. Renew it to continue."),
    ),
    "ending": (
        gettext_lazy("Licence %(number)s ends soon"),
        gettext_lazy("It ends on %(ends)s. Renew it to keep speaking."),
    ),
    "ending_with_consent": (
        gettext_lazy("Licence %(number)s ends soon"),
        gettext_lazy(
            "It ends on %(ends)s. It can't be renewed unless the speaker consents for longer: their consent "
            "ends on %(consent_ends)s."
        ),
    ),
    "renewed": (
        gettext_lazy("Licence %(number)s has been renewed"),
        gettext_lazy("You can speak as %(voice)s until %(ends)s."),
    ),
    "upgraded": (
        gettext_lazy("Licence %(number)s has been upgraded"),
        gettext_lazy("Its new terms are in force now."),
    ),
    "downgraded": (
        gettext_lazy("The upgrade of licence %(number)s has been refunded"),
        gettext_lazy("It has the terms again that it had before, until %(ends)s."),
    ),
    "reduced": (
        gettext_lazy("A payment for licence %(number)s went back"),
        gettext_lazy(
            "What it had paid of an upgrade went with it: %(characters)s characters are included now, "
            "until %(ends)s."
        ),
    ),
    "withdrawn": (
        gettext_lazy("%(voice)s is being withdrawn"),
        gettext_lazy(
            "The speaker withdrew their consent. Licence %(number)s speaks until %(until)s."
        ),
    ),
    "consent_ending": (
        gettext_lazy("The consent for %(voice)s ends soon"),
        gettext_lazy(
            "The speaker's consent ends on %(consent_ends)s. Unless they consent anew, licence %(number)s "
            "speaks until %(until)s, and no term is sold that goes beyond their consent."
        ),
    ),
    "narrowed": (
        gettext_lazy("The speaker of %(voice)s allows less"),
        gettext_lazy(
            "The speaker took out uses that licence %(number)s is for: %(uses)s. It speaks for them until "
            "%(until)s."
        ),
    ),
}
_WITHDRAWN_AT_ONCE = gettext_lazy(
    "The speaker withdrew their consent. Licence %(number)s is silent from now on."
)
_NARROWED_AT_ONCE = gettext_lazy(
    "The speaker took out uses that licence %(number)s is for: %(uses)s. It is refused for them from now on."
)
_AT_ONCE = {"withdrawn": _WITHDRAWN_AT_ONCE, "narrowed": _NARROWED_AT_ONCE}


OPTIONAL = {"expired": Kind.REMINDERS}
EVENTS = {  # of letters that tell clients what another one does, or something of the voice
    "reduced": "licence.downgraded",
    "ending_with_consent": "licence.ending",
    "withdrawn": "voice.removal_notice",
    "consent_ending": "voice.removal_notice",
}
TELL_UNTIL = frozenset({"withdrawn", "consent_ending", "narrowed"})  # clients: in `reason`


def tell(
    licence: Licence,
    letter: str,
    reason: str = "",
    *,
    until: datetime | None = None,
    kind: Kind | None = None,
    uses: Sequence[str] = (),
    consent_ends: datetime | None = None,
) -> None:
    """Send a licence's buyer a letter of `LETTERS` and a webhook, in the transaction of the change.

    until: when a voice that is withdrawn falls silent, also for some `uses` alone; None: at once. kind:
    of letters that the buyer may have turned off; None: as the letter itself is.
    """

    def words() -> tuple[str, str]:
        subject, body = LETTERS[letter]
        if until is None:
            body = _AT_ONCE.get(letter, body)
        said = {
            "number": licence.number,
            "voice": licence.terms["voice_name"],
            "ends": dates.to_the_reader(licence.ends_at),
            "characters": number_format(licence.characters_included, force_grouping=True),
            "reason": retell(reason),
            "until": dates.to_the_reader_with_time(until) if until else "",
            "uses": gettext(", ").join(told(use) for use in uses),
            "consent_ends": dates.to_the_reader(consent_ends) if consent_ends else "",
        }
        page = settings.BASE_URL + reverse("storefront:licence", args=[licence.public_id])
        return str(subject) % said, f"{(str(body) % said).strip()}\n\n{page}\n"

    letters.write(to=[licence.buyer.email], words=words, kind=kind or OPTIONAL.get(letter))
    if letter in TELL_UNTIL:
        reason = "now" if until is None else dates.in_words_with_time(until)
    webhooks.emit(
        organization_id=licence.organization_id,
        kind=EVENTS.get(letter, f"licence.{letter}"),
        data={
            "licence": licence.number,
            "state": licence.state,
            "voice": licence.terms["voice"],
            "ends_at": licence.ends_at.isoformat(),
            "reason": reason,
        }
        | ({"uses": list(uses)} if letter == "narrowed" else {}),
    )


def tell_too_late(order: Order, problem: str) -> None:
    """Tell both sides of a payment that granted nothing, in the transaction that refuses it."""
    voice = order.terms["voice_name"]

    def to_buyer() -> tuple[str, str]:
        subject = gettext("Your payment for %(voice)s is being refunded") % {"voice": voice}
        text = gettext(
            "%(problem)s Nothing was granted, and all that you paid is on its way back to you."
        ) % {"problem": retell(problem)}
        return subject, f"{text}\n"

    def to_creator() -> tuple[str, str]:
        said = {"voice": voice, "problem": retell(problem)}
        subject = gettext("A payment for %(voice)s came too late") % said
        text = gettext("A buyer paid for %(voice)s, and is being refunded: %(problem)s") % said
        return subject, f"{text}\n"

    letters.write(to=[order.buyer.email], words=to_buyer)
    letters.write(
        to=[order.offer.listing.voice.creator.user.email],
        words=to_creator,
        kind=Kind.LATE_PAYMENTS,
    )
