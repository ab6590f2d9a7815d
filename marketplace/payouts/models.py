"""The double-entry ledger and the payment provider's events.

Lines can't be changed or removed, and every entry sums to zero in each currency: triggers in
the database see to both (`migrations/0002_ledger_guards.py`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from marketplace.creators.models import Creator
from marketplace.money import Money


class LedgerAccount(models.Model):
    """Where money is. Debits are positive, credits negative."""

    class Kind(models.TextChoices):
        STRIPE_CLEARING = "stripe_clearing", "Money at the payment provider"
        CREATOR_PENDING = "creator_pending", "Owed to a creator, on hold"
        COMMISSION = "commission_revenue", "Commission earned"
        FEES = "processing_fees", "Payment fees"

    kind = models.CharField(max_length=24, choices=Kind)
    creator = models.ForeignKey(Creator, null=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "creator", "currency"],
                name="one_account_a_purpose",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind="creator_pending", creator__isnull=False)
                | (~Q(kind="creator_pending") & Q(creator__isnull=True)),
                name="creator_accounts_have_a_creator",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.currency}"


class LedgerEntry(models.Model):
    """One business event; its lines sum to zero."""

    class Kind(models.TextChoices):
        SALE = "sale", "Licence sold"
        FEE = "fee", "Payment fee"

    kind = models.CharField(max_length=16, choices=Kind)
    idempotency_key = models.CharField(max_length=120, unique=True)
    order = models.ForeignKey(
        "licensing.Order", null=True, on_delete=models.PROTECT, related_name="ledger_entries"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)


class LedgerLine(models.Model):
    """An amount on an account: positive is a debit, negative a credit."""

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="lines")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(amount_minor=0), name="no_empty_lines"),)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class ProviderEvent(models.Model):
    """A webhook as it came in: stored first, acted on after, once."""

    event_id = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120)
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
