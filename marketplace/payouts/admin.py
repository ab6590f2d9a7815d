"""Finance reads payments, refunds, transfers, disputes and differences here; its desk acts on them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from marketplace.payouts.creators import freezes
from marketplace.payouts.models import (
    Adjustment,
    Closing,
    Dispute,
    Payment,
    PayoutAccount,
    PayoutFreeze,
    ProviderEvent,
    Reconciliation,
    Refund,
    Transfer,
    WriteOff,
)
from marketplace.read_only_admin import ReadOnly


class ForFinance(ReadOnly):
    """Rows that finance reads."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm("payouts.refund_payment"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(Payment)
class PaymentAdmin(ForFinance):
    list_display = ("charge", "kind", "organization", "amount", "refunded_minor", "paid_at")
    list_filter = ("kind", "currency")
    search_fields = ("charge", "payment_intent", "order__licence__number", "organization__name")


@admin.register(Refund)
class RefundAdmin(ForFinance):
    list_display = (
        "payment",
        "amount",
        "state",
        "requested_by",
        "approved_by",
        "reason",
        "created_at",
        "problem",
    )
    list_filter = ("state",)


@admin.register(Dispute)
class DisputeAdmin(ReadOnly):
    list_display = ("payment", "amount_minor", "reason", "state", "due_by", "created_at")
    list_filter = ("state",)


@admin.register(Transfer)
class TransferAdmin(ReadOnly):
    list_display = ("creator", "amount", "state", "provider_id", "created_at", "problem")
    list_filter = ("state",)


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly):
    list_display = ("at", "since", "until", "compared", "differences")


@admin.register(PayoutAccount)
class PayoutAccountAdmin(ForFinance):
    list_display = ("creator", "provider_id", "transfers_active", "frozen", "checked_at")
    list_filter = ("transfers_active",)
    search_fields = ("creator__display_name", "creator__user__email", "provider_id")

    @admin.display(boolean=True)
    def frozen(self, account: PayoutAccount) -> bool:
        """Whether nothing is sent for now."""
        return freezes.is_frozen(account.creator)


@admin.register(WriteOff)
class WriteOffAdmin(ForFinance):
    """Debts that were written off or wait for a second person."""

    list_display = ("creator", "amount", "state", "reason", "proposed_by", "decided_by",
                    "proposed_at")  # fmt: skip
    list_filter = ("state",)


@admin.register(PayoutFreeze)
class PayoutFreezeAdmin(ForFinance):
    """Every freeze, with who decided on it and why."""

    list_display = ("creator", "reason", "frozen_by", "frozen_at", "lifted_by", "lifted_at")


class WithError(admin.SimpleListFilter):
    """Events that failed, which wait for a person, and events that wait for their payment."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("failed", "Failed"), ("waiting", "Waits for its payment")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ProviderEvent]
    ) -> QuerySet[ProviderEvent]:
        if self.value() == "failed":
            return queryset.exclude(error="")
        if self.value() == "waiting":
            return queryset.exclude(waits_for="")
        return queryset


@admin.register(ProviderEvent)
class ProviderEventAdmin(ForFinance):
    """The provider's events with what went wrong."""

    list_display = ("kind", "object_id", "received_at", "processed_at", "tries", "error")
    list_filter = (WithError, "kind")
    search_fields = ("event_id", "object_id")


@admin.register(Adjustment)
class AdjustmentAdmin(ForFinance):
    """Adjusting entries, with their lines in words."""

    list_display = ("dated", "document", "lines_in_words", "reason", "state", "proposed_by",
                    "decided_by", "entry_number")  # fmt: skip
    list_filter = ("state", "currency")
    search_fields = ("document", "reason")

    @admin.display(description="lines")
    def lines_in_words(self, adjustment: Adjustment) -> str:
        """Every debit and credit."""
        return "; ".join(adjustment.in_words)

    @admin.display(description="entry")
    def entry_number(self, adjustment: Adjustment) -> str:
        """The number of the entry in the journal."""
        return str(adjustment.entry_id or "")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Adjustment]:
        found: QuerySet[Adjustment] = super().get_queryset(request)
        return found.prefetch_related("lines__adjustment")


@admin.register(Closing)
class ClosingAdmin(ForFinance):
    """Months that are closed."""

    list_display = ("__str__", "state", "closed_by", "closed_at", "open_then", "reason",
                    "reopening_asked_by", "reopened_by")  # fmt: skip
    list_filter = ("state",)

    @admin.display(description="stood open")
    def open_then(self, closed: Closing) -> str:
        """What was not finished when it was closed."""
        return "; ".join(f"{what}: {count}" for what, count in closed.stood_open.items())
