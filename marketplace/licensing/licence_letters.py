"""Letters to buyers at each change of a licence."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from marketplace import dates
from marketplace.letters import services as letters
from marketplace.letters.kinds import Kind
from marketplace.licensing.models import Licence, Order
from marketplace.webhooks import services as webhooks

LETTERS = {
    "granted": ("Your licence {number}", "You can speak as {voice} now, until {ends}."),
    "suspended": ("Licence {number} has been suspended", "{voice} is silent for now. {reason}"),
    "resumed": (
        "Licence {number} has been resumed",
        "You can speak as {voice} again, until {ends}.",
    ),
    "paused": (
        "Licence {number} has been paused",
        "{voice} is silent until the payment arrives. {reason}",
    ),
    "refunded": (
        "Licence {number} has been refunded",
        "The price was refunded; {voice} is silent.",
    ),
    "revoked": ("Licence {number} has been revoked", "{voice} is silent for good. {reason}"),
    "expired": ("Licence {number} has ended", "Its term ended on {ends}. Renew it to continue."),
    "ending": ("Licence {number} ends soon", "It ends on {ends}. Renew it to keep speaking."),
    "renewed": ("Licence {number} has been renewed", "You can speak as {voice} until {ends}."),
    "upgraded": ("Licence {number} has been upgraded", "Its new terms are in force now."),
    "downgraded": (
        "The upgrade of licence {number} has been refunded",
        "It has the terms again that it had before, until {ends}.",
    ),
    "reduced": (
        "A payment for licence {number} went back",
        "What it had paid of an upgrade went with it: {characters} characters are included now, until "
        "{ends}.",
    ),
    "withdrawn": (
        "{voice} is being withdrawn",
        "The speaker withdrew their consent. Licence {number} {until}.",
    ),
}


OPTIONAL = {"expired": Kind.REMINDERS}
SAME_EVENT = {"reduced": "downgraded"}  # letters that tell clients what another one does


def tell(licence: Licence, letter: str, reason: str = "", *, kind: Kind | None = None) -> None:
    """Send a licence's buyer a letter of `LETTERS` and a webhook, in the transaction of the change.

    kind: of letters that the buyer may have turned off; None: as the letter itself is.
    """
    words = {
        "number": licence.number,
        "voice": licence.terms["voice_name"],
        "ends": dates.in_words(licence.ends_at),
        "characters": f"{licence.characters_included:,}",
        "reason": reason,
        "until": "is silent from now on" if reason == "now" else f"speaks until {reason}",
    }
    subject, body = (part.format(**words).strip() for part in LETTERS[letter])
    page = settings.BASE_URL + reverse("storefront:licence", args=[licence.public_id])
    letters.write(
        to=[licence.buyer.email],
        subject=subject,
        text=f"{body}\n\n{page}\n",
        kind=kind or OPTIONAL.get(letter),
    )
    webhooks.emit(
        organization_id=licence.organization_id,
        kind="voice.removal_notice"
        if letter == "withdrawn"
        else f"licence.{SAME_EVENT.get(letter, letter)}",
        data={
            "licence": licence.number,
            "state": licence.state,
            "voice": licence.terms["voice"],
            "ends_at": licence.ends_at.isoformat(),
            "reason": reason,
        },
    )


def tell_too_late(order: Order, problem: str) -> None:
    """Tell both sides of a payment that granted nothing, in the transaction that refuses it."""
    voice = order.terms["voice_name"]
    letters.write(
        to=[order.buyer.email],
        subject=f"Your payment for {voice} is being refunded",
        text=f"{problem} Nothing was granted, and all that you paid is on its way back to you.\n",
    )
    letters.write(
        to=[order.offer.listing.voice.creator.user.email],
        subject=f"A payment for {voice} came too late",
        text=f"A buyer paid for {voice}, and is being refunded: {problem}\n",
        kind=Kind.LATE_PAYMENTS,
    )
