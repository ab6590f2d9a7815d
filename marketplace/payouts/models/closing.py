"""Closing a month: adjusting entries, and which months take no more entries."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from marketplace.money import Money
from marketplace.payouts.models.books import LedgerAccount, LedgerEntry
from marketplace.states import Moves, Stateful


class Adjustment(Stateful):
    """An entry that a person of finance writes and a second one posts."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("Waits for a second person")
        POSTED = "posted", gettext_lazy("Posted")
        DROPPED = "dropped", gettext_lazy("Dropped")

    MOVES: ClassVar[Moves] = {
        State.PROPOSED: {State.POSTED, State.DROPPED},
        State.POSTED: set(),
        State.DROPPED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    currency = models.CharField(max_length=3)
    dated = models.DateField(help_text="The day that it belongs to.")
    reason = models.CharField(max_length=300)
    document = models.CharField(
        max_length=120, help_text="The reference of the document behind it."
    )
    provider_object = models.CharField(
        max_length=120, blank=True, help_text="The provider's object whose difference it books."
    )
    provider_minor = models.BigIntegerField(
        default=0, help_text="What it books of that object: positive is a debit."
    )
    state = models.CharField(max_length=12, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    entry = models.OneToOneField(
        LedgerEntry, null=True, on_delete=models.PROTECT, related_name="adjustment"
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="posted") | Q(entry__isnull=False),
                name="posted_adjustments_have_an_entry",
            ),
            models.CheckConstraint(
                condition=Q(provider_object="", provider_minor=0)
                | ~Q(provider_object="") & ~Q(provider_minor=0),
                name="only_differences_touch_the_provider",
            ),
            models.UniqueConstraint(
                fields=["provider_object", "currency"],
                condition=Q(state="proposed") & ~Q(provider_object=""),
                name="one_proposal_a_difference",
            ),
        )

    def __str__(self) -> str:
        return f"{self.document}, {self.dated}"

    @property
    def in_words(self) -> list[str]:
        """Every line, that of the money at the provider first."""
        lines = [str(line) for line in self.lines.all()]
        if self.provider_object:
            clearing = AdjustmentLine(
                adjustment=self,
                account=LedgerAccount.Kind.STRIPE_CLEARING,
                amount_minor=self.provider_minor,
            )
            lines.insert(0, f"{clearing} ({self.provider_object})")
        return lines


class AdjustmentLine(models.Model):
    """A line of an adjusting entry: positive is a debit, negative a credit."""

    adjustment = models.ForeignKey(Adjustment, on_delete=models.CASCADE, related_name="lines")
    account = models.CharField(max_length=24, choices=LedgerAccount.Kind)
    amount_minor = models.BigIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(amount_minor=0), name="no_empty_lines_of_adjustments"
            ),
            models.CheckConstraint(
                condition=Q(account__in=LedgerAccount.ADJUSTABLE),
                name="adjustments_leave_others_accounts_alone",
            ),
        )

    def __str__(self) -> str:
        told = gettext("debit %(account)s %(amount)s")
        if self.amount_minor < 0:
            told = gettext("credit %(account)s %(amount)s")
        amount = Money(abs(self.amount_minor), self.adjustment.currency)
        return told % {"account": self.get_account_display(), "amount": amount}


class Closing(Stateful):
    """A month that finance closed: it and the months before it take no more entries."""

    class State(models.TextChoices):
        CLOSED = "closed", gettext_lazy("Closed")
        REOPENING = "reopening", gettext_lazy("Closed; reopening waits for a second person")
        REOPENED = "reopened", gettext_lazy("Reopened")

    MOVES: ClassVar[Moves] = {
        State.CLOSED: {State.REOPENING},
        State.REOPENING: {State.CLOSED, State.REOPENED},
        State.REOPENED: set(),
    }

    month = models.DateField(help_text="Its first day.")
    state = models.CharField(max_length=12, choices=State, default=State.CLOSED)
    stood_open = models.JSONField(default=dict, help_text="What was not finished, and how many.")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is to be reopened.")
    reopening_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reopened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-month", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["month"], condition=~Q(state="reopened"), name="a_month_is_closed_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="closings_are_of_whole_months"),
        )

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"
