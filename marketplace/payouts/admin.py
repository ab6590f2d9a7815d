"""Finance: see payments, refund them, see transfers, disputes and differences."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.accounts.models import User
from marketplace.money import Money
from marketplace.payouts import books_admin, provider_events
from marketplace.payouts.admin_actions import ReasonForm, WithActions
from marketplace.payouts.creators import debts, freezes
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
from marketplace.payouts.queries import balances_of
from marketplace.payouts.returning import made_whole, refunds
from marketplace.read_only_admin import ReadOnly
from marketplace.refusals import InvalidTransition, Refused

__all__ = ["books_admin"]  # registers the pages of the books


class RefundForm(forms.Form):
    """How much to refund, and why."""

    amount = forms.RegexField(
        r"^[0-9]{1,9}(\.[0-9]{1,3})?$",
        required=False,
        strip=True,
        label="Amount, such as 12.50 (empty: all that is left)",
        error_messages={"invalid": "Write the amount in digits, such as 12.50."},
    )
    reason = forms.CharField(max_length=200, label="Why")


@admin.register(Payment)
class PaymentAdmin(WithActions):
    """Payments and their refunds."""

    list_display = ("charge", "kind", "organization", "amount", "refunded_minor", "paid_at")
    list_filter = ("kind", "currency")
    search_fields = ("charge", "payment_intent", "order__licence__number", "organization__name")
    actions = ("refund",)

    @admin.action(description="Refund", permissions=["change"])
    def refund(self, request: HttpRequest, payments: QuerySet[Payment]) -> HttpResponse | None:
        """Ask for the amount and the reason on a page of its own, and refund once it is confirmed.

        An amount, in units of the currency, is for one payment; without one, all that is left of
        each is refunded.
        """
        assert isinstance(request.user, User)
        form = RefundForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, payments, form)
        written, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
        if written and payments.count() != 1:
            form.add_error("amount", "An amount is for one payment; leave it empty for several.")
            return self._ask(request, payments, form)
        for payment in payments:
            try:
                minor = (
                    Money.parse(written, payment.currency).minor
                    if written
                    else payment.refundable.minor
                )
                made = refunds.request_refund(
                    payment=payment, amount_minor=minor, reason=reason, by=request.user
                )
                waits = made.state == Refund.State.PROPOSED
                self.message_user(
                    request,
                    f"{payment.charge}: {made.amount} "
                    + ("waits for a second person." if waits else "is on its way."),
                )
            except (Refused, ValueError) as refusal:
                self.message_user(request, f"{payment.charge}: {refusal}", messages.ERROR)
        return None

    def _ask(
        self, request: HttpRequest, payments: QuerySet[Payment], form: RefundForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Refund",
            "payments": payments,
            "form": form,
            "opts": self.model._meta,
        }
        return render(request, "admin/payouts/confirm_refund.html", context)


class ReferenceForm(ActionForm):
    """The field for the bank's reference beside the list of actions."""

    reference = forms.CharField(required=False, label="Reference of the bank transfer")


@admin.register(Refund)
class RefundAdmin(WithActions):
    """Refunds; those that a bank sent back are paid another way and recorded here."""

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
    action_form = ReferenceForm
    actions = ("approve", "drop", "record_paid_elsewhere")

    @admin.action(description="Approve as the second person", permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        """Send large refunds that somebody else asked for."""
        self._decide(request, chosen, approve=True)

    @admin.action(description="Drop before it is sent", permissions=["change"])
    def drop(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        """Drop large refunds that wait for a second person."""
        self._decide(request, chosen, approve=False)

    def _decide(self, request: HttpRequest, chosen: QuerySet[Refund], *, approve: bool) -> None:
        assert isinstance(request.user, User)
        for refund in chosen.select_related("payment"):
            try:
                refunds.decide_proposed(refund=refund, approve=approve, by=request.user)
                done = "is on its way" if approve else "is dropped"
                self.message_user(request, f"{refund.payment.charge}: {refund.amount} {done}.")
            except (Refused, InvalidTransition) as problem:
                self.message_user(request, f"{refund.payment.charge}: {problem}", messages.ERROR)

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


@admin.register(PayoutAccount)
class PayoutAccountAdmin(WithActions):
    """Creators' accounts at the provider; finance freezes and releases their money."""

    list_display = ("creator", "provider_id", "transfers_active", "frozen", "checked_at")
    list_filter = ("transfers_active",)
    search_fields = ("creator__display_name", "creator__user__email", "provider_id")
    action_form = ReasonForm
    actions = ("freeze", "release", "refund_buyers", "write_off")

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

    @admin.action(
        description="Refund buyers of voices that were taken down", permissions=["change"]
    )
    def refund_buyers(self, request: HttpRequest, chosen: QuerySet[PayoutAccount]) -> None:
        """Give back what was paid for the chosen creators' voices that were somebody else's."""
        assert isinstance(request.user, User)
        for account in chosen.select_related("creator"):
            try:
                made = made_whole.refund_buyers(creator=account.creator, by=request.user)
                self.message_user(request, f"{account.creator}: {len(made)} refund(s) asked for.")
            except Refused as refusal:
                self.message_user(request, f"{account.creator}: {refusal}", messages.ERROR)

    @admin.action(description="Write off the debt", permissions=["change"])
    def write_off(self, request: HttpRequest, chosen: QuerySet[PayoutAccount]) -> None:
        """Write off what the chosen creators owe, in every currency."""
        assert isinstance(request.user, User)
        for account in chosen.select_related("creator"):
            owing = [each.debt for each in balances_of(account.creator) if each.debt.minor]
            for debt in owing or [Money(0, settings.CURRENCY)]:
                try:
                    done = debts.write_off(
                        creator=account.creator,
                        currency=debt.currency,
                        reason=request.POST.get("reason", ""),
                        by=request.user,
                    )
                    self.message_user(request, f"{account.creator}: {done} written off.")
                except Refused as refusal:
                    self.message_user(request, f"{account.creator}: {refusal}", messages.ERROR)

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
