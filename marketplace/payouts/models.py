"""The double-entry ledger, what creators earn, and what went through the payment provider.

Lines can't be changed or removed, every entry sums to zero in each currency, and nobody is paid
more than they are owed: triggers in the database see to it (`migrations/000*_guards.py`).
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.accounts.models import Organization
from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.states import Stateful


class LedgerAccount(models.Model):
    """Where money is. Debits are positive, credits negative."""

    class Kind(models.TextChoices):
        STRIPE_CLEARING = "stripe_clearing", "Money at the payment provider"
        CREATOR_PENDING = "creator_pending", "Owed to a creator, on hold"
        CREATOR_AVAILABLE = "creator_available", "Owed to a creator, payable"
        CREATOR_IN_TRANSIT = "creator_in_transit", "On its way to a creator"
        CREATOR_DEBT = "creator_debt", "Owed by a creator"
        BUYER_CREDITS = "buyer_credits", "Prepaid by a buyer, unused"
        PLAN_SHARES = "plan_shares", "A subscriber's payment, not yet shared out"
        COMMISSION = "commission_revenue", "Commission earned"
        FEES = "processing_fees", "Payment fees"
        TAX = "tax_payable", "Tax collected"
        DISPUTE_COSTS = "dispute_costs", "Fees of disputes"
        PROMOTIONS = "promo_expense", "Discounts and trials, paid by the platform"
        REFUNDS_OWED = "refunds_owed", "Refunds that banks sent back, still owed to buyers"
        BANK = "bank", "The platform's own bank account"

    OF_CREATORS = (
        Kind.CREATOR_PENDING,
        Kind.CREATOR_AVAILABLE,
        Kind.CREATOR_IN_TRANSIT,
        Kind.CREATOR_DEBT,
    )
    OF_BUYERS = (Kind.BUYER_CREDITS, Kind.PLAN_SHARES)

    kind = models.CharField(max_length=24, choices=Kind)
    creator = models.ForeignKey(Creator, null=True, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="+"
    )
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "creator", "organization", "currency"],
                name="one_account_a_purpose",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind__startswith="creator_", creator__isnull=False)
                | (~Q(kind__startswith="creator_") & Q(creator__isnull=True)),
                name="creator_accounts_have_a_creator",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["buyer_credits", "plan_shares"], organization__isnull=False)
                | (~Q(kind__in=["buyer_credits", "plan_shares"]) & Q(organization__isnull=True)),
                name="buyer_accounts_have_an_organization",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.currency}"


class LedgerEntry(models.Model):
    """One business event; its lines sum to zero."""

    class Kind(models.TextChoices):
        SALE = "sale", "Licence sold"
        FEE = "fee", "Payment fee"
        HOLD_OVER = "hold_over", "Hold over"
        REFUND = "refund", "Refund"
        DISPUTE = "dispute", "Dispute"
        DISPUTE_WON = "dispute_won", "Dispute won"
        TRANSFER_BEGUN = "transfer_begun", "Transfer begun"
        TRANSFER = "transfer", "Transfer to a creator"
        TRANSFER_REFUSED = "transfer_refused", "Transfer refused"
        REVERSAL = "reversal", "Transfer taken back"
        DEBT_SETTLED = "debt_settled", "Debt set off"
        CREDIT_BOUGHT = "credit_bought", "Credit bought"
        CREDIT_USED = "credit_used", "Credit used"
        PLAN_PAID = "plan_paid", "Plan paid"
        PLAN_SHARED = "plan_shared", "Plan month shared out"
        REFUND_RETURNED = "refund_returned", "Refund sent back by a bank"
        REFUND_PAID = "refund_paid", "Returned refund paid another way"

    kind = models.CharField(max_length=20, choices=Kind)
    idempotency_key = models.CharField(max_length=120, unique=True)
    order = models.ForeignKey(
        "licensing.Order", null=True, on_delete=models.PROTECT, related_name="ledger_entries"
    )
    provider_reference = models.CharField(
        max_length=120, blank=True, db_index=True, help_text="The provider's object it mirrors."
    )
    at = models.DateTimeField(auto_now_add=True, db_index=True)

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


class Payment(models.Model):
    """Money that came in: one charge at the provider. Amounts in minor units."""

    class Kind(models.TextChoices):
        LICENCE = "licence", "A licence"
        PLAN = "plan", "A month of a plan"
        CREDITS = "credits", "Prepaid credit"

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
    payment_intent = models.CharField(max_length=120, db_index=True)
    charge = models.CharField(max_length=120, unique=True)
    amount_minor = models.PositiveBigIntegerField(help_text="As charged, with tax.")
    tax_minor = models.PositiveBigIntegerField(default=0)
    fee_minor = models.PositiveBigIntegerField(default=0)
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
        """What was paid without tax."""
        return self.amount_minor - self.tax_minor

    @property
    def refundable(self) -> Money:
        return Money(self.amount_minor - self.refunded_minor, self.currency)


class CreditOrder(Stateful):
    """A buyer's intent to buy prepaid credit."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for payment"
        PAID = "paid", "Paid"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="credit_orders"
    )
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    checkout_session = models.CharField(max_length=120, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class CarriedUsage(models.Model):
    """What speech paid by credit has cost below a whole minor unit, until it is one."""

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


class Earning(Stateful):
    """A creator's share of a payment, and what became of it. Amounts in minor units.

    `left_minor` of all that are held makes the creator's pending balance, of all that are payable
    the available one.
    """

    class State(models.TextChoices):
        HELD = "held", "On hold"
        PAYABLE = "payable", "Payable"

    class Source(models.TextChoices):
        LICENCE = "licence", "A licence sold"
        PLAN = "plan", "A subscriber's month"
        USAGE = "usage", "Speech paid by credit"
        DISPUTE = "dispute", "A dispute won"

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
    created_at = models.DateTimeField(auto_now_add=True)
    available_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["state", "available_at"]),)
        constraints = (
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


class Refund(Stateful):
    """Money going back to a buyer."""

    class State(models.TextChoices):
        REQUESTED = "requested", "Being sent"
        DONE = "done", "Refunded"
        FAILED = "failed", "Not possible"
        RETURNED = "returned", "Sent back by the bank; still owed"
        PAID_ELSEWHERE = "elsewhere", "Paid another way"

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
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.payment.currency)


class Dispute(Stateful):
    """A buyer's bank took a payment back, for good or until it is decided."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    provider_id = models.CharField(max_length=120, unique=True)
    amount_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField(default=0)
    reason = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    reversed_minor = models.JSONField(
        default=dict, help_text="What each earning lost by it, by id: given back if it is won."
    )
    tax_minor = models.PositiveBigIntegerField(default=0)
    commission_minor = models.BigIntegerField(default=0)
    credit_minor = models.PositiveBigIntegerField(
        default=0, help_text="Unused credit that it took out of use: given back if it is won."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)


class PayoutAccount(models.Model):
    """A creator's account at the provider, to which transfers go."""

    creator = models.OneToOneField(Creator, on_delete=models.PROTECT, related_name="payout_account")
    provider_id = models.CharField(max_length=120, unique=True)
    transfers_active = models.BooleanField(default=False)
    requirements = models.JSONField(default=list, help_text="What the provider still asks for.")
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)


class Transfer(Stateful):
    """Money going to a creator: claimed, sent once, recorded."""

    class State(models.TextChoices):
        READY = "ready", "To be sent"
        SENDING = "sending", "Being sent"
        PAID = "paid", "Paid"
        REFUSED = "refused", "Refused"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="transfers")
    earning = models.ForeignKey(
        Earning,
        null=True,
        on_delete=models.PROTECT,
        related_name="transfers",
        help_text="Whose charge it is tied to; none for a sum of many small ones.",
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
    paid_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
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
        """The provider's `transfer_group`: what a lost answer is looked up by."""
        return f"transfer-{self.public_id}"


class TransferReversal(Stateful):
    """A part of a transfer taken back after a refund or dispute."""

    class State(models.TextChoices):
        REQUESTED = "requested", "Being taken back"
        DONE = "done", "Taken back"
        REFUSED = "refused", "Not possible: a debt"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="reversals")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    provider_id = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 - once known
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)


class Reconciliation(models.Model):
    """One nightly comparison of the ledger with the provider's balance transactions."""

    since = models.DateTimeField()
    until = models.DateTimeField()
    compared = models.PositiveIntegerField()
    differences = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)


class ProviderEvent(models.Model):
    """A webhook as it came in: stored first, acted on after, once."""

    event_id = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120)
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
