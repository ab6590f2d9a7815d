"""The kinds of letters: those that can be turned off, and those that can't be, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Kind(models.TextChoices):
    """A kind of letter that whoever gets it may turn off."""

    INVOICES = "invoices", gettext_lazy("Invoices and credit notes")
    REMINDERS = "reminders", gettext_lazy("Licences that end soon, or have ended")
    CREDIT_LOW = "credit_low", gettext_lazy("Credit that is running low")
    LATE_PAYMENTS = (
        "late_payments",
        gettext_lazy("A buyer’s payment that came too late for your voice"),
    )
    VOICE_READY = "voice_ready", gettext_lazy("A voice of yours that has been learned")
    NEW_VOICES = "new_voices", gettext_lazy("New voices of creators you follow")


@dataclass(frozen=True)
class Wanted:
    """A kind of letter as a page offers it: what happens without it."""

    kind: Kind
    without: _StrPromise


OPTIONAL = (
    Wanted(Kind.INVOICES, gettext_lazy("Each stays among your payments, as a PDF.")),
    Wanted(
        Kind.REMINDERS,
        gettext_lazy(
            "Licences that don’t renew automatically fall silent at their end without another word."
        ),
    ),
    Wanted(
        Kind.CREDIT_LOW,
        gettext_lazy("Speech beyond your licences is refused once credit is used up."),
    ),
    Wanted(Kind.LATE_PAYMENTS, gettext_lazy("The payment goes back to the buyer in any case.")),
    Wanted(Kind.VOICE_READY, gettext_lazy("The studio shows it, whenever you look.")),
    Wanted(
        Kind.NEW_VOICES, gettext_lazy("Those creators stay on your shortlist, with their voices.")
    ),
)
NECESSARY = (
    (
        gettext_lazy("Confirming an address, resetting a password"),
        gettext_lazy("They keep your account yours."),
    ),
    (
        gettext_lazy("Invitations to a team, or to consent to a voice"),
        gettext_lazy("They were asked for by somebody you know."),
    ),
    (
        gettext_lazy("What a moderator decided about a statement that you read aloud"),
        gettext_lazy("You wait for the answer."),
    ),
    (
        gettext_lazy(
            "Licences, plans, renewals and top-ups: what you agreed to, what is charged, what failed"
        ),
        gettext_lazy("The law, or your agreement to be charged, has us tell you."),
    ),
    (
        gettext_lazy("Requests for exclusive licences, and what creators answer"),
        gettext_lazy("You asked, or somebody waits for your answer."),
    ),
    (
        gettext_lazy("A voice that is withdrawn; a licence, key or account that is stopped"),
        gettext_lazy("What you rely on is about to change."),
    ),
    (
        gettext_lazy("Your own data: a copy, an erasure, a takedown"),
        gettext_lazy("You asked, or it is about your rights."),
    ),
)
