"""The kinds of letters: those that can be turned off, and those that can't be, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


class Kind(models.TextChoices):
    """A kind of letter that whoever gets it may turn off."""

    INVOICES = "invoices", "Invoices and credit notes"
    REMINDERS = "reminders", "Licences that end soon, or have ended"
    CREDIT_LOW = "credit_low", "Credit that is running low"
    LATE_PAYMENTS = "late_payments", "A buyer’s payment that came too late for your voice"
    NEW_VOICES = "new_voices", "New voices of creators you follow"


@dataclass(frozen=True)
class Wanted:
    """A kind of letter as a page offers it: what happens without it."""

    kind: Kind
    without: str


OPTIONAL = (
    Wanted(Kind.INVOICES, "Each stays among your payments, as a PDF."),
    Wanted(
        Kind.REMINDERS,
        "Licences that don’t renew automatically fall silent at their end without another word.",
    ),
    Wanted(Kind.CREDIT_LOW, "Speech beyond your licences is refused once credit is used up."),
    Wanted(Kind.LATE_PAYMENTS, "The payment goes back to the buyer in any case."),
    Wanted(Kind.NEW_VOICES, "Those creators stay on your shortlist, with their voices."),
)
NECESSARY = (
    ("Confirming an address, resetting a password", "They keep your account yours."),
    (
        "Invitations to a team, or to consent to a voice",
        "They were asked for by somebody you know.",
    ),
    (
        "Licences, plans, renewals and top-ups: what you agreed to, what is charged, what failed",
        "The law, or your agreement to be charged, has us tell you.",
    ),
    (
        "A voice that is withdrawn; a licence, key or account that is stopped",
        "What you rely on is about to change.",
    ),
    ("Your own data: a copy, an erasure, a takedown", "You asked, or it is about your rights."),
)
