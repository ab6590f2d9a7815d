"""Finance: see payments, refund them, see transfers, disputes and differences."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from marketplace.accounts.models import User
from marketplace.payouts import provider_events
from marketplace.payouts.creators import freezes
from marketplace.payouts.models import (
    Dispute,
    Payment,
    PayoutAccount,
    PayoutFreeze,
    ProviderEvent,
    Reconciliation,
    Refund,
    Transfer,
)
from marketplace.payouts.returning import refunds
from marketplace.read_only_admin import ReadOnly
from marketplace.refusals import InvalidTransition, Refused


class RefundForm(ActionForm):
    """The field for the amount beside the list of actions."""

    minor = forms.IntegerField(
        required=False, min_value=1, label="Minor units to refund (empty: all that is left)"
    )


class WithActions(ReadOnly):
    """Rows that finance acts on but never edits."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm("payouts.refund_payment"))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [field.name for field in self.model._meta.fields]


@admin.register(Payment)
class PaymentAdmin(WithActions):
    """Payments and their refunds."""

    list_display = ("charge", "kind", "organization", "amount", "refunded_minor", "paid_at")
    list_filter = ("kind", "currency")
    search_fields = ("charge", "payment_intent", "order__licence__number", "organization__name")
    action_form = RefundForm
    actions = ("refund",)

    @admin.action(description="Refund", permissions=["change"])
    def refund(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        """Refund the given amount, or all that is left, of each selected payment."""
        assert isinstance(request.user, User)
        text = request.POST.get("minor", "").strip()
        if text and not (text.isascii() and text.isdigit()):
            self.message_user(
                request, "Write the amount in minor units, in digits alone.", messages.ERROR
            )
            return
        for payment in payments:
            minor = int(text) if text else payment.refundable.minor
            try:
                refunds.request_refund(
                    payment=payment, amount_minor=minor, reason="finance", by=request.user
                )
                self.message_user(request, f"{payment.charge}: the refund is on its way.")
            except Refused as refusal:
                self.message_user(request, f"{payment.charge}: {refusal}", messages.ERROR)


class ReferenceForm(ActionForm):
    """The field for the bank's reference beside the list of actions."""

    reference = forms.CharField(required=False, label="Reference of the bank transfer")


@admin.register(Refund)
class RefundAdmin(WithActions):
    """Refunds; those that a bank sent back are paid another way and recorded here."""

    list_display = ("payment", "amount", "state", "requested_by", "created_at", "problem")
    list_filter = ("state",)
    action_form = ReferenceForm
    actions = ("record_paid_elsewhere",)

    @admin.action(description="Paid another way", permissions=["change"])
    def record_paid_elsewhere(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        """Record that returned refunds were paid from the platform's own bank account."""
        assert isinstance(request.user, User)
        for refund in chosen:
            try:
                refunds.record_paid_elsewhere(
                    refund=refund, reference=request.POST.get("reference", ""), by=request.user
                )
                self.message_user(request, f"{refund.provider_id}: noted.")
            except (Refused, InvalidTransition) as problem:
                self.message_user(request, f"{refund.provider_id}: {problem}", messages.ERROR)


@admin.register(Dispute)
class DisputeAdmin(ReadOnly):
    list_display = ("payment", "amount_minor", "reason", "state", "created_at")
    list_filter = ("state",)


@admin.register(Transfer)
class TransferAdmin(ReadOnly):
    list_display = ("creator", "amount", "state", "provider_id", "created_at", "problem")
    list_filter = ("state",)


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly):
    list_display = ("at", "since", "until", "compared", "differences")


class ReasonForm(ActionForm):
    """The field for the reason beside the list of actions."""

    reason = forms.CharField(required=False, max_length=500, label="Why (the creator reads it)")


@admin.register(PayoutAccount)
class PayoutAccountAdmin(WithActions):
    """Creators' accounts at the provider; finance freezes and releases their money."""

    list_display = ("creator", "provider_id", "transfers_active", "frozen", "checked_at")
    list_filter = ("transfers_active",)
    search_fields = ("creator__display_name", "creator__user__email", "provider_id")
    action_form = ReasonForm
    actions = ("freeze", "release")

    @admin.display(boolean=True)
    def frozen(self, account: PayoutAccount) -> bool:
        """Whether nothing is sent for now."""
        return freezes.is_frozen(account.creator)

    @admin.action(description="Freeze the money", permissions=["change"])
    def freeze(self, request: HttpRequest, chosen: QuerySet[PayoutAccount]) -> None:
        """Freeze the chosen creators' money."""
        self._decide(request, chosen, freezes.freeze, "frozen")

    @admin.action(description="Release the money", permissions=["change"])
    def release(self, request: HttpRequest, chosen: QuerySet[PayoutAccount]) -> None:
        """Release the chosen creators' money."""
        self._decide(request, chosen, freezes.lift, "released")

    def _decide(
        self,
        request: HttpRequest,
        chosen: QuerySet[PayoutAccount],
        decide: Callable[..., object],
        done: str,
    ) -> None:
        assert isinstance(request.user, User)
        for account in chosen.select_related("creator"):
            try:
                decide(
                    creator=account.creator, reason=request.POST.get("reason", ""), by=request.user
                )
                self.message_user(request, f"{account.creator}: {done}.")
            except Refused as refusal:
                self.message_user(request, f"{account.creator}: {refusal}", messages.ERROR)


@admin.register(PayoutFreeze)
class PayoutFreezeAdmin(WithActions):
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
class ProviderEventAdmin(WithActions):
    """The provider's events with what went wrong; after it is mended, they are tried again."""

    list_display = ("kind", "object_id", "received_at", "processed_at", "tries", "error")
    list_filter = (WithError, "kind")
    search_fields = ("event_id", "object_id")
    actions = ("try_again",)

    @admin.action(description="Try again", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[ProviderEvent]) -> None:
        """Act on the chosen events again."""
        assert isinstance(request.user, User)
        for event in chosen:
            provider_events.try_again(event=event, by=request.user)
        self.message_user(request, "They are being tried again.")
