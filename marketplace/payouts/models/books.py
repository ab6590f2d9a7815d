"""The double-entry ledger, its comparison with the provider, and the provider's events."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.creators.models import Creator
from marketplace.money import Money


class LedgerAccount(models.Model):
    """An account that holds money; debits are positive, credits negative."""

    class Kind(models.TextChoices):
        STRIPE_CLEARING = "stripe_clearing", gettext_lazy("Money at the payment provider")
        CREATOR_PENDING = "creator_pending", gettext_lazy("Owed to a creator, on hold")
        CREATOR_AVAILABLE = "creator_available", gettext_lazy("Owed to a creator, payable")
        CREATOR_IN_TRANSIT = "creator_in_transit", gettext_lazy("On its way to a creator")
        CREATOR_DEBT = "creator_debt", gettext_lazy("Owed by a creator")
        BUYER_CREDITS = "buyer_credits", gettext_lazy("Prepaid by a buyer, unused")
        PLAN_SHARES = "plan_shares", gettext_lazy("A subscriber's payment, not yet shared out")
        COMMISSION = "commission_revenue", gettext_lazy("Commission earned")
        FEES = "processing_fees", gettext_lazy("Payment fees")
        TAX = "tax_payable", gettext_lazy("Tax collected")
        DISPUTE_COSTS = "dispute_costs", gettext_lazy("Fees of disputes")
        PROMOTIONS = "promo_expense", gettext_lazy("Discounts and trials, paid by the platform")
        REFUNDS_OWED = "refunds_owed", gettext_lazy("Refunds still owed to buyers")
        BANK = "bank", gettext_lazy("The platform's own bank account")
        BAD_DEBTS = "bad_debts", gettext_lazy("Creators' debts written off")
        DEFERRED = (
            "deferred_commission",
            gettext_lazy("Commission on plan months that are not over"),
        )
        PLAN_YEARS = "plan_years", gettext_lazy("Paid for months of plans that are to come")
        PROVIDER_CREDIT = (
            "provider_credit",
            gettext_lazy("Buyers' credit at the payment provider, for plans"),
        )
        RESERVE = "provider_reserve", gettext_lazy("Held back by the payment provider")
        CONVERSION = "currency_conversion", gettext_lazy("Converted by the payment provider")
        EXCHANGE = "exchange_differences", gettext_lazy("Gains and losses of exchange")
        OTHER_COSTS = "other_costs", gettext_lazy("Other costs")

    OF_CREATORS = (
        Kind.CREATOR_PENDING,
        Kind.CREATOR_AVAILABLE,
        Kind.CREATOR_IN_TRANSIT,
        Kind.CREATOR_DEBT,
    )
    OF_BUYERS = (Kind.BUYER_CREDITS, Kind.PLAN_SHARES)
    GUARDED = (*OF_CREATORS, *OF_BUYERS)  # never overdrawn, and none is shared by everybody
    # What adjusting entries may touch. The others mirror rows of creators, buyers, refunds and months,
    # or the provider's balance: changed by hand, they would no longer agree.
    ADJUSTABLE = (
        Kind.BANK,
        Kind.BAD_DEBTS,
        Kind.COMMISSION,
        Kind.CONVERSION,
        Kind.DISPUTE_COSTS,
        Kind.EXCHANGE,
        Kind.FEES,
        Kind.OTHER_COSTS,
        Kind.PROMOTIONS,
        Kind.PROVIDER_CREDIT,
        Kind.RESERVE,
        Kind.TAX,
    )

    kind = models.CharField(max_length=24, choices=Kind)
    creator = models.ForeignKey(Creator, null=True, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="+"
    )
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(
        null=True,
        editable=False,
        help_text="Sum of the lines of a guarded account, kept by the database alone.",
    )

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
        CREDIT_RETURNED = "credit_returned", "Credit given back"
        PLAN_PAID = "plan_paid", "Plan paid"
        PLAN_SHARED = "plan_shared", "Plan month shared out"
        REFUND_RETURNED = "refund_returned", "Refund sent back by a bank"
        REFUND_PAID = "refund_paid", "Returned refund paid another way"
        TOO_LATE = "too_late", "Paid too late, owed to the buyer"
        PAYOUT = "payout", "Paid out to the platform's bank"
        WRITTEN_OFF = "written_off", "Debt written off"
        PLAN_EARNED = "plan_earned", "Commission on a plan month earned"
        CONVERTED = "converted", "Converted into another currency"
        ADJUSTMENT = "adjustment", "Adjusting entry"
        CREDIT_GIVEN = "credit_given", "Credit given by hand at the payment provider"
        HELD_BACK = "held_back", "Held back or released by the payment provider"

    kind = models.CharField(max_length=20, choices=Kind)
    idempotency_key = models.CharField(max_length=120, unique=True)
    order = models.ForeignKey(
        "licensing.Order", null=True, on_delete=models.PROTECT, related_name="ledger_entries"
    )
    provider_reference = models.CharField(
        max_length=120, blank=True, db_index=True, help_text="The provider's object it mirrors."
    )
    at = models.DateTimeField(
        default=timezone.now, db_index=True, help_text="When it is booked, in a month that is open."
    )
    happened_at = models.DateTimeField(
        null=True, help_text="When what it records happened, if that is known from elsewhere."
    )

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


class AccountMonth(models.Model):
    """What a guarded account moved in a calendar month (UTC), kept by the database alone."""

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="months")
    month = models.DateField(help_text="Its first day.")
    minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "month"], name="one_row_a_month"),
        )


class Reconciliation(models.Model):
    """One nightly comparison of the ledger with the provider's balance transactions."""

    since = models.DateTimeField()
    until = models.DateTimeField()
    compared = models.PositiveIntegerField()
    differences = models.JSONField(default=list)
    payouts = models.JSONField(
        default=dict, help_text="How the provider pays the balance out, as its settings were then."
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)


class ProviderEvent(models.Model):
    """A webhook as received: stored first, then acted on once."""

    event_id = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120)
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    waits_for = models.CharField(
        max_length=120,
        blank=True,
        help_text="A charge whose payment is not recorded yet; it is acted on again once it is.",
    )
    tries = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["retry_at"], condition=Q(processed_at=None), name="events_to_act_on"
            ),
            models.Index(fields=["waits_for"], condition=~Q(waits_for=""), name="events_that_wait"),
            models.Index(fields=["received_at"], name="events_by_day"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
