"""Payments and orders of credit."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.states import Moves, Stateful


class Payment(models.Model):
    """An incoming payment: one charge at the provider. Amounts in minor units."""

    class Kind(models.TextChoices):
        LICENCE = "licence", gettext_lazy("A licence")
        PLAN = "plan", gettext_lazy("A month of a plan")
        PLAN_YEAR = "plan_year", gettext_lazy("A year of a plan")
        CREDITS = "credits", gettext_lazy("Prepaid credit")
        TOO_LATE = "too_late", gettext_lazy("Paid too late, to be refunded")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="payments"
    )
    order = models.OneToOneField(
        "licensing.Order", null=True, on_delete=models.PROTECT, related_name="payment"
    )
    plan_month = models.OneToOneField(
        "licensing.PlanMonth", null=True, on_delete=models.PROTECT, related_name="payment"
    )
    plan_year = models.OneToOneField(
        "licensing.PlanYear", null=True, on_delete=models.PROTECT, related_name="payment"
    )
    payment_intent = models.CharField(max_length=120, db_index=True)
    charge = models.CharField(max_length=120, unique=True)
    amount_minor = models.PositiveBigIntegerField(help_text="As charged, with tax.")
    tax_minor = models.PositiveBigIntegerField(default=0)
    fee_minor = models.PositiveBigIntegerField(
        default=0, help_text="In the currency in which it settled."
    )
    settles_in = models.CharField(
        max_length=3, blank=True, help_text="Where the provider converted it into another currency."
    )
    refunded_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    paid_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        permissions = (("refund_payment", "Can give payments back"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(refunded_minor__lte=F("amount_minor")),
                name="no_more_is_refunded_than_was_paid",
            ),
            models.CheckConstraint(
                condition=Q(tax_minor__lte=F("amount_minor")), name="tax_is_part_of_the_amount"
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.charge}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def net_minor(self) -> int:
        """The amount without tax."""
        return self.amount_minor - self.tax_minor

    @property
    def refundable(self) -> Money:
        return Money(self.amount_minor - self.refunded_minor, self.currency)


class CreditOrder(Stateful):
    """A buyer's intent to buy prepaid credit."""

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("Waiting for payment")
        DUE = "due", gettext_lazy("Waiting for its buyer to confirm the payment")
        PAID = "paid", gettext_lazy("Paid")
        REFUSED = "refused", gettext_lazy("Refused by the bank")

    MOVES: ClassVar[Moves] = {
        State.PENDING: {State.DUE, State.PAID, State.REFUSED},
        State.DUE: {State.PAID, State.REFUSED},
        State.PAID: set(),
        State.REFUSED: {State.PAID},  # by a bank that took longer than the buyer was given
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="credit_orders"
    )
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    top_up = models.ForeignKey(
        "StandingTopUp",
        null=True,
        on_delete=models.PROTECT,
        related_name="orders",
        help_text="What bought it by itself.",
    )
    amount_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    checkout_session = models.CharField(max_length=120, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class SavedMethod(models.Model):
    """A payment method that an organization lets us charge while nobody is at the screen."""

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="saved_method"
    )
    customer = models.CharField(max_length=120, blank=True, help_text="At the payment provider.")
    method = models.CharField(
        max_length=120, blank=True, help_text="At the payment provider; empty until one is saved."
    )
    name = models.CharField(max_length=60, blank=True, help_text="As its owner knows it.")
    setup_session = models.CharField(
        max_length=120, blank=True, db_index=True, help_text="On which one is being saved."
    )
    saved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name or "none yet"


class CarriedUsage(models.Model):
    """The cost of speech paid by credit that does not yet make a whole minor unit."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    micros = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "creator", "currency"], name="one_carry_a_pair"
            ),
        )
