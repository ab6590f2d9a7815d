"""Creators' earnings, the transfers that pay them, and reversals."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts.models.books import LedgerEntry
from marketplace.payouts.models.incoming import Payment
from marketplace.states import Moves, Stateful


class Earning(Stateful):
    """A creator's share of a payment, and its fate. Amounts in minor units.

    The `left_minor` of held earnings sum to the creator's pending balance, those of payable
    earnings to the available one.
    """

    class State(models.TextChoices):
        HELD = "held", gettext_lazy("On hold")
        PAYABLE = "payable", gettext_lazy("Payable")

    MOVES: ClassVar[Moves] = {
        State.HELD: {State.PAYABLE},
        State.PAYABLE: set(),
    }

    class Source(models.TextChoices):
        LICENCE = "licence", gettext_lazy("A licence sold")
        PLAN = "plan", gettext_lazy("A subscriber's month")
        USAGE = "usage", gettext_lazy("Speech paid by credit")
        DISPUTE = "dispute", gettext_lazy("A dispute won")

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="earnings")
    payment = models.ForeignKey(
        Payment, null=True, on_delete=models.PROTECT, related_name="earnings"
    )
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="earnings")
    source = models.CharField(max_length=12, choices=Source)
    voice_name = models.CharField(max_length=60)
    description = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State, default=State.HELD)
    gross_minor = models.PositiveBigIntegerField(help_text="Before commission, without tax.")
    share_minor = models.PositiveBigIntegerField()
    taken_back_minor = models.PositiveBigIntegerField(
        default=0, help_text="Refunded or disputed while it was here."
    )
    owed_minor = models.PositiveBigIntegerField(
        default=0, help_text="Refunded or disputed after it had gone: a debt."
    )
    settled_minor = models.PositiveBigIntegerField(default=0, help_text="Set off against a debt.")
    transferred_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    day = models.DateField(null=True, help_text="Of usage that is summed: the day (UTC) it is of.")
    characters = models.PositiveBigIntegerField(default=0, help_text="Of usage: spoken.")
    created_at = models.DateTimeField(auto_now_add=True)
    available_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["state", "available_at"]),
            models.Index(fields=["creator", "-id"], name="earnings_newest_first"),
            models.Index(
                fields=["creator", "currency", "id"],
                condition=Q(
                    state="payable",
                    share_minor__gt=F("taken_back_minor")
                    + F("settled_minor")
                    + F("transferred_minor"),
                ),
                name="earnings_to_pay",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["creator", "voice_name", "currency", "day"],
                condition=Q(source="usage", state="held", day__isnull=False),
                name="one_sum_of_usage_a_day",
            ),
            models.CheckConstraint(
                condition=Q(
                    share_minor__gte=F("taken_back_minor")
                    + F("settled_minor")
                    + F("transferred_minor")
                ),
                name="a_share_is_spent_once",
            ),
            models.CheckConstraint(
                condition=Q(share_minor__gte=F("taken_back_minor") + F("owed_minor")),
                name="no_more_is_reversed_than_was_earned",
            ),
        )

    @property
    def left_minor(self) -> int:
        return (
            self.share_minor - self.taken_back_minor - self.settled_minor - self.transferred_minor
        )

    @property
    def reversed_minor(self) -> int:
        return self.taken_back_minor + self.owed_minor

    @property
    def share(self) -> Money:
        return Money(self.share_minor, self.currency)

    @property
    def commission_minor(self) -> int:
        return self.gross_minor - self.share_minor


class PayoutAccount(models.Model):
    """A creator's account at the provider, which receives transfers."""

    creator = models.OneToOneField(Creator, on_delete=models.PROTECT, related_name="payout_account")
    provider_id = models.CharField(max_length=120, unique=True)
    transfers_active = models.BooleanField(default=False)
    requirements = models.JSONField(default=list, help_text="What the provider still asks for.")
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)


class PayoutFreeze(models.Model):
    """A time in which a creator's money is not sent, and why."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="payout_freezes")
    reason = models.CharField(max_length=500, help_text="The creator reads it.")
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    frozen_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-id",)
        permissions = (("freeze_payouts", "Can freeze and release creators' money"),)
        constraints = (
            models.UniqueConstraint(
                fields=["creator"], condition=Q(lifted_at=None), name="one_freeze_a_creator"
            ),
        )

    def __str__(self) -> str:
        return f"{self.creator}: {self.reason}"


class Transfer(Stateful):
    """A payment to a creator: claimed, sent once, recorded."""

    class State(models.TextChoices):
        READY = "ready", gettext_lazy("To be sent")
        SENDING = "sending", gettext_lazy("Being sent")
        PAID = "paid", gettext_lazy("Paid")
        REFUSED = "refused", gettext_lazy("Refused")

    MOVES: ClassVar[Moves] = {
        State.READY: {State.SENDING, State.PAID, State.REFUSED},
        State.SENDING: {State.SENDING, State.PAID, State.REFUSED},
        State.PAID: set(),
        State.REFUSED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="transfers")
    earning = models.ForeignKey(
        Earning,
        null=True,
        on_delete=models.PROTECT,
        related_name="transfers",
        help_text="Which it pays; none for a sum of many small ones.",
    )
    parts = models.JSONField(default=dict, help_text="Minor units by earning id.")
    amount_minor = models.PositiveBigIntegerField()
    reversed_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=State, default=State.READY)
    provider_id = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 - once known
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, help_text="When it was first tried.")
    put_off = models.PositiveSmallIntegerField(
        default=0, help_text="How often the platform's own balance was too small for it."
    )
    retry_at = models.DateTimeField(null=True, help_text="Not to be tried before.")
    paid_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["creator", "-id"], name="transfers_newest_first"),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["ready", "sending"]),
                name="transfers_to_send",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(reversed_minor__lte=F("amount_minor")),
                name="no_more_is_taken_back_than_was_sent",
            ),
        )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def group(self) -> str:
        """Its name in the provider's metadata, by which it is found when an answer was lost.

        The provider's own `transfer_group` is the charge's where a transfer is tied to one.
        """
        return f"transfer-{self.public_id}"

    @property
    def key(self) -> str:
        """The provider's idempotency key: a new one after each definite refusal, which it repeats."""
        return f"{self.group}-{self.put_off}" if self.put_off else self.group


class TransferReversal(Stateful):
    """A part of a transfer taken back after a refund or dispute."""

    class State(models.TextChoices):
        REQUESTED = "requested", gettext_lazy("Being taken back")
        DONE = "done", gettext_lazy("Taken back")
        REFUSED = "refused", gettext_lazy("Not possible: a debt")

    MOVES: ClassVar[Moves] = {
        State.REQUESTED: {State.DONE, State.REFUSED},
        State.DONE: set(),
        State.REFUSED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="reversals")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    provider_id = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 - once known
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["transfer"], condition=Q(state="requested"), name="reversals_asked_for"
            ),
        )


class WriteOff(Stateful):
    """A creator's debt that the platform bears; a large one needs a second person."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("Waits for a second person")
        DONE = "done", gettext_lazy("Written off")
        DROPPED = "dropped", gettext_lazy("Dropped")

    MOVES: ClassVar[Moves] = {
        State.PROPOSED: {State.DONE, State.DROPPED},
        State.DONE: set(),
        State.DROPPED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="write_offs")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=State)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The second person; empty where none was needed.",
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["creator", "currency"],
                condition=Q(state="proposed"),
                name="one_proposed_write_off_a_debt",
            ),
        )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
