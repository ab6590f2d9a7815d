"""Finance closes months, adjusts the books and downloads the journal."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.money import Money
from marketplace.payouts.admin_actions import WithActions
from marketplace.payouts.books import adjustments, closing, journal
from marketplace.payouts.models import Adjustment, Closing, LedgerAccount
from marketplace.refusals import InvalidTransition, Refused
from marketplace.sending import send_file

LINES = 8  # of an adjusting entry on its page
AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,3})?$"


def _require_finance(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.has_perm(adjustments.RIGHT):
        raise PermissionDenied
    return request.user


class ProposalForm(forms.Form):
    """What an adjusting entry is about."""

    currency = forms.ChoiceField()
    dated = forms.DateField(
        label="Day that it belongs to", widget=forms.DateInput(attrs={"type": "date"})
    )
    document = forms.CharField(max_length=120, label="Reference of the document behind it")
    reason = forms.CharField(max_length=300, label="Why")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = LedgerAccount.objects.values_list("currency", flat=True).distinct()
        currencies = sorted({settings.CURRENCY, *used})
        self.fields["currency"] = forms.ChoiceField(choices=[(c, c) for c in currencies])
        self.order_fields(["dated", "currency", "document", "reason"])


class LineForm(forms.Form):
    """A line of an adjusting entry, in units of the currency; an empty one is left out."""

    account = forms.ChoiceField(
        choices=[("", "–"), *((kind.value, kind.label) for kind in LedgerAccount.ADJUSTABLE)],
        required=False,
    )
    debit = forms.RegexField(AMOUNT, required=False, strip=True)
    credit = forms.RegexField(AMOUNT, required=False, strip=True)

    def posting(self, currency: str) -> adjustments.Posting | None:
        """The line, None if it is empty."""
        given = self.cleaned_data
        if not any(given.get(name) for name in ("account", "debit", "credit")):
            return None
        if not given["account"]:
            raise Refused("account_missing", "Choose an account for each line.")
        debit, credit = (_minor(given[side] or "0", currency) for side in ("debit", "credit"))
        return adjustments.Posting(given["account"], debit, credit)


def _minor(written: str, currency: str) -> int:
    amount = Money.parse(written, currency)
    if amount.amount != Decimal(written):
        raise Refused("decimals", f"{written} has more decimals than {currency}.")
    return amount.minor


LineFormSet = forms.formset_factory(LineForm, extra=LINES)


@admin.register(Adjustment)
class AdjustmentAdmin(WithActions):
    """Adjusting entries; a second person posts what the first proposed."""

    list_display = (
        "dated",
        "document",
        "lines_in_words",
        "reason",
        "state",
        "proposed_by",
        "decided_by",
        "entry_number",
    )
    list_filter = ("state", "currency")
    search_fields = ("document", "reason")
    actions = ("post", "drop")

    @admin.display(description="lines")
    def lines_in_words(self, adjustment: Adjustment) -> str:
        """Every debit and credit."""
        return "; ".join(str(line) for line in adjustment.lines.all())

    @admin.display(description="entry")
    def entry_number(self, adjustment: Adjustment) -> str:
        """The number of the entry in the journal."""
        return str(adjustment.entry_id or "")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Adjustment]:
        found: QuerySet[Adjustment] = super().get_queryset(request)
        return found.prefetch_related("lines__adjustment")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "propose/",
            self.admin_site.admin_view(self.propose),
            name="payouts_adjustment_propose",
        )
        return [own, *super().get_urls()]

    def propose(self, request: HttpRequest) -> HttpResponse:
        """Ask for an adjusting entry on a page of its own, and write it for a second person."""
        by = _require_finance(request)
        data = request.POST if request.method == "POST" else None
        form, lines = ProposalForm(data), LineFormSet(data, prefix="lines")
        if data is not None and form.is_valid() and lines.is_valid():
            given = form.cleaned_data
            try:
                postings = [line.posting(given["currency"]) for line in lines]
                adjustments.propose(
                    **given, postings=[each for each in postings if each is not None], by=by
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.message_user(request, "It waits for a second person.")
                return redirect("admin:payouts_adjustment_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": "Propose an adjusting entry",
            "form": form,
            "lines": lines,
            "opts": self.model._meta,
        }
        return render(request, "admin/payouts/propose_adjustment.html", context)

    @admin.action(description="Post as the second person", permissions=["change"])
    def post(self, request: HttpRequest, chosen: QuerySet[Adjustment]) -> None:
        """Post what somebody else proposed."""
        self._decide(request, chosen, post=True)

    @admin.action(description="Drop", permissions=["change"])
    def drop(self, request: HttpRequest, chosen: QuerySet[Adjustment]) -> None:
        """Drop what waits for a second person."""
        self._decide(request, chosen, post=False)

    def _decide(self, request: HttpRequest, chosen: QuerySet[Adjustment], *, post: bool) -> None:
        by = _require_finance(request)
        for adjustment in chosen:
            try:
                adjustments.decide(adjustment=adjustment, post=post, by=by)
                self.message_user(request, f"{adjustment}: {'posted' if post else 'dropped'}.")
            except (Refused, InvalidTransition) as problem:
                self.message_user(request, f"{adjustment}: {problem}", messages.ERROR)


class ReopeningForm(ActionForm):
    """The field for the reason beside the list of actions."""

    reason = forms.CharField(required=False, max_length=300, label="Why it is to be reopened")


@admin.register(Closing)
class ClosingAdmin(WithActions):
    """Months that are closed, with their journals, and the one to close next."""

    list_display = (
        "__str__",
        "state",
        "journal",
        "closed_by",
        "closed_at",
        "open_then",
        "reason",
        "reopening_asked_by",
        "reopened_by",
    )
    list_filter = ("state",)
    action_form = ReopeningForm
    actions = ("ask_to_reopen", "reopen", "leave_closed")

    @admin.display
    def journal(self, closed: Closing) -> str:
        """A link to the month's journal."""
        url = f"{reverse('admin:payouts_closing_journal')}?month={closed.month:%Y-%m}"
        return format_html('<a href="{}" aria-label="Journal of {}">CSV</a>', url, closed)

    @admin.display(description="stood open")
    def open_then(self, closed: Closing) -> str:
        """What was not finished when it was closed."""
        return "; ".join(f"{what}: {count}" for what, count in closed.stood_open.items())

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path("close/", guarded(self.close), name="payouts_closing_close"),
            path("journal/", guarded(self.download_journal), name="payouts_closing_journal"),
        ]
        return [*own, *super().get_urls()]

    def close(self, request: HttpRequest) -> HttpResponse:
        """Show what stands open of the month to close next, and close it once that is confirmed."""
        by = _require_finance(request)
        if request.method == "POST":
            try:
                month = date.fromisoformat(request.POST.get("month", ""))
                closed = closing.close_month(month=month, by=by)
                self.message_user(request, f"{closed} is closed.")
                return redirect("admin:payouts_closing_changelist")
            except (Refused, ValueError) as problem:
                self.message_user(request, str(problem), messages.ERROR)
        found = closing.closable_month()
        matters = closing.open_matters(found) if found is not None else []
        context = {
            **self.admin_site.each_context(request),
            "title": "Close a month",
            "month": found,
            "matters": matters,
            "prevented": any(matter.prevents for matter in matters),
            "opts": self.model._meta,
        }
        return render(request, "admin/payouts/close_month.html", context)

    def download_journal(self, request: HttpRequest) -> StreamingHttpResponse:
        """The journal of a month; it is proved before its first byte is sent."""
        by = _require_finance(request)
        asked = request.GET.get("month", f"{timezone.now():%Y-%m}")
        month = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", asked)
        if month is None or not int(month[1]):
            raise Http404
        file = TemporaryFile()  # noqa: SIM115 - closed when it is sent
        with transaction.atomic():
            totals = journal.write_to_file(file, int(month[1]), int(month[2]))
            audit.record(
                actor=by,
                action="journal.downloaded",
                subject=by,
                month=asked,
                debits_minor={currency: debits for currency, (debits, _) in totals.items()},
            )
        return send_file(file, name=f"journal-{asked}.csv", content_type="text/csv; charset=utf-8")

    @admin.action(description="Ask for it to be reopened", permissions=["change"])
    def ask_to_reopen(self, request: HttpRequest, chosen: QuerySet[Closing]) -> None:
        """Ask for a month to be reopened, with a reason."""
        by, reason = _require_finance(request), request.POST.get("reason", "")
        for closed in chosen:
            try:
                closing.ask_to_reopen(closing=closed, reason=reason, by=by)
                self.message_user(request, f"{closed}: a second person is needed.")
            except (Refused, InvalidTransition) as problem:
                self.message_user(request, f"{closed}: {problem}", messages.ERROR)

    @admin.action(description="Reopen as the second person", permissions=["change"])
    def reopen(self, request: HttpRequest, chosen: QuerySet[Closing]) -> None:
        """Reopen months for which somebody else asked."""
        self._decide(request, chosen, reopen=True)

    @admin.action(description="Leave it closed", permissions=["change"])
    def leave_closed(self, request: HttpRequest, chosen: QuerySet[Closing]) -> None:
        """Refuse to reopen months."""
        self._decide(request, chosen, reopen=False)

    def _decide(self, request: HttpRequest, chosen: QuerySet[Closing], *, reopen: bool) -> None:
        by = _require_finance(request)
        for closed in chosen:
            try:
                closing.decide_reopening(closing=closed, reopen=reopen, by=by)
                done = "is open again" if reopen else "stays closed"
                self.message_user(request, f"{closed} {done}.")
            except (Refused, InvalidTransition) as problem:
                self.message_user(request, f"{closed}: {problem}", messages.ERROR)
