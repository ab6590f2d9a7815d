"""Refunds and disputes."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.money import Money
from marketplace.payouts.models.incoming import Payment
from marketplace.states import Moves, Stateful


class Refund(Stateful):
    """A refund to a buyer; a large one that a person asks for needs a second person."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("Waits for a second person")
        REQUESTED = "requested", gettext_lazy("Being sent")
        DONE = "done", gettext_lazy("Refunded")
        FAILED = "failed", gettext_lazy("Not possible")
        RETURNED = "returned", gettext_lazy("Sent back by the bank; still owed")
        PAID_ELSEWHERE = "elsewhere", gettext_lazy("Paid another way")

    MOVES: ClassVar[Moves] = {
        State.PROPOSED: {State.REQUESTED, State.FAILED},
        State.REQUESTED: {State.DONE, State.FAILED},
        State.DONE: {State.RETURNED},
        State.FAILED: {State.DONE},
        State.RETURNED: {State.PAID_ELSEWHERE},
        State.PAID_ELSEWHERE: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    provider_id = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 - once known
    amount_minor = models.PositiveBigIntegerField()
    held_minor = models.PositiveBigIntegerField(
        default=0, help_text="Prepaid credit that it took out of use when it was asked for."
    )
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    WAITING = (State.PROPOSED, State.REQUESTED)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.payment.currency)


class Dispute(Stateful):
    """A payment that the buyer's bank took back, for good or until the dispute is decided."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("dispute", "Open")
        WON = "won", gettext_lazy("Won")
        LOST = "lost", gettext_lazy("Lost")

    MOVES: ClassVar[Moves] = {
        State.OPEN: {State.WON, State.LOST},
        State.WON: set(),
        State.LOST: {State.WON},  # on appeal
    }

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    provider_id = models.CharField(max_length=120, unique=True)
    amount_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField(
        default=0, help_text="In the currency in which the payment settled."
    )
    reason = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    reversed_minor = models.JSONField(
        default=dict, help_text="What each earning lost by it, by id: given back if it is won."
    )
    tax_minor = models.PositiveBigIntegerField(default=0)
    commission_minor = models.BigIntegerField(default=0)
    cost_minor = models.PositiveBigIntegerField(
        default=0, help_text="What had been given back before, and the platform bears."
    )
    credit_minor = models.PositiveBigIntegerField(
        default=0, help_text="Unused credit that it took out of use: given back if it is won."
    )
    waiting_minor = models.JSONField(
        default=dict,
        help_text="What it took of a plan month that was not shared out: given back if it is won.",
    )
    due_by = models.DateTimeField(null=True, help_text="Until when the bank takes evidence.")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.payment.currency)


class Evidence(Stateful):
    """What the bank was sent about a dispute, once; the words and files themselves are at the provider."""

    class State(models.TextChoices):
        SENDING = "sending", gettext_lazy("Being sent")
        SENT = "sent", gettext_lazy("Sent")
        REFUSED = "refused", gettext_lazy("Refused by the provider")

    MOVES: ClassVar[Moves] = {
        State.SENDING: {State.SENDING, State.SENT, State.REFUSED},
        State.SENT: set(),
        State.REFUSED: {State.SENDING},
    }

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="evidence")
    state = models.CharField(max_length=12, choices=State, default=State.SENDING)
    texts = models.JSONField(default=dict, help_text="SHA-256 of each text, by its field.")
    files = models.JSONField(default=dict, help_text="Name, size and SHA-256 of each file.")
    problem = models.CharField(max_length=200, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    begun_at = models.DateTimeField(help_text="When it was last tried.")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "evidence"
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False),
                name="sent_evidence_has_its_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.dispute.provider_id}: {self.get_state_display()}"
