"""Letters to buyers at each change of a licence."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from marketplace.licensing import tasks
from marketplace.licensing.models import Licence
from marketplace.webhooks import services as webhooks

LETTERS = {
    "granted": ("Your licence {number}", "You can speak as {voice} now, until {ends}."),
    "suspended": ("Licence {number} is suspended", "{voice} is silent for now. {reason}"),
    "resumed": ("Licence {number} speaks again", "{voice} speaks again, until {ends}."),
    "paused": ("Licence {number} is paused", "{voice} is silent until the payment comes. {reason}"),
    "refunded": ("Licence {number} is refunded", "The price went back; {voice} is silent."),
    "revoked": ("Licence {number} is revoked", "{voice} is silent for good. {reason}"),
    "expired": ("Licence {number} has ended", "Its term ended on {ends}. Renew it to go on."),
    "ending": ("Licence {number} ends soon", "It ends on {ends}. Renew it to go on speaking."),
    "renewed": ("Licence {number} is renewed", "You can speak as {voice} until {ends}."),
    "upgraded": ("Licence {number} is upgraded", "Its new terms are in force now."),
    "withdrawn": (
        "{voice} is being withdrawn",
        "The speaker withdrew. Licence {number} speaks until {reason}.",
    ),
}


def on_commit(licence: Licence, letter: str, reason: str = "") -> None:
    """Send a letter and a webhook when the change they tell of is in the database."""
    transaction.on_commit(partial(tasks.send_letter.delay, licence.pk, letter, reason))
    webhooks.emit(
        organization_id=licence.organization_id,
        kind="voice.removal_notice" if letter == "withdrawn" else f"licence.{letter}",
        data={
            "licence": licence.number,
            "state": licence.state,
            "voice": licence.terms["voice"],
            "ends_at": licence.ends_at.isoformat(),
            "reason": reason,
        },
    )


def send(*, licence_id: int, letter: str, reason: str) -> None:
    """One letter of `LETTERS` to who bought the licence."""
    licence = Licence.objects.select_related("buyer").get(pk=licence_id)
    words = {
        "number": licence.number,
        "voice": licence.terms["voice_name"],
        "ends": f"{licence.ends_at:%d %B %Y}",
        "reason": reason,
    }
    subject, body = (part.format(**words).strip() for part in LETTERS[letter])
    page = settings.BASE_URL + reverse("storefront:licence", args=[licence.public_id])
    send_mail(subject, f"{body}\n\n{page}\n", None, [licence.buyer.email])
