"""The books: adjusting entries, closing months, and their journals."""

from __future__ import annotations

import re
import uuid
from datetime import date
from tempfile import TemporaryFile
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from marketplace.compliance import audit
from marketplace.money import Money
from marketplace.payouts import reasons
from marketplace.payouts.books import adjustments, closing, journal
from marketplace.payouts.models import Adjustment, Closing, LedgerAccount
from marketplace.refusals import Refused
from marketplace.sending import send_file
from marketplace.storefront.templatetags.written import in_the_language
from marketplace.storefront.views.finance.desk import (
    act_with_reason,
    acting,
    page_of,
    reading,
    reading_and_acting,
)
from marketplace.storefront.views.requests import attempt, signed_in_user

LINES = 8  # of an adjusting entry on its page
AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,3})?$"


class EntryForm(forms.Form):
    """What any adjusting entry is about."""

    dated = forms.DateField(
        label=gettext_lazy("Day that it belongs to"), widget=forms.DateInput(attrs={"type": "date"})
    )
    document = forms.CharField(
        max_length=120, label=gettext_lazy("Reference of the document behind it")
    )
    reason = forms.CharField(max_length=300, label=gettext_lazy("Why"))


class ProposalForm(EntryForm):
    """What an entry is about that somebody writes themselves, in any currency of the books."""

    field_order = ("dated", "currency", "document", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = LedgerAccount.objects.values_list("currency", flat=True).distinct()
        currencies = sorted({settings.CURRENCY, *used})
        self.fields["currency"] = forms.ChoiceField(
            choices=[(c, c) for c in currencies], label=gettext_lazy("Currency")
        )
        self.order_fields(self.field_order)


class LineForm(forms.Form):
    """A line of an adjusting entry, in units of the currency; an empty one is left out."""

    account = forms.ChoiceField(
        choices=[("", "–"), *((kind.value, kind.label) for kind in LedgerAccount.ADJUSTABLE)],
        required=False,
        label=pgettext_lazy("of the ledger", "Account"),
    )
    debit = forms.RegexField(AMOUNT, required=False, strip=True, label=gettext_lazy("Debit"))
    credit = forms.RegexField(
        AMOUNT, required=False, strip=True, label=pgettext_lazy("opposite of debit", "Credit")
    )

    def posting(self, currency: str) -> adjustments.Posting | None:
        """The line, None if it is empty."""
        given = self.cleaned_data
        if not any(given.get(name) for name in ("account", "debit", "credit")):
            return None
        if not given["account"]:
            raise Refused("account_missing", gettext("Choose an account for each line."))
        debit, credit = (_minor(given[side] or "0", currency) for side in ("debit", "credit"))
        return adjustments.Posting(given["account"], debit, credit)


def _minor(written: str, currency: str) -> int:
    try:
        return Money.parse_exactly(written, currency).minor
    except ValueError as error:
        raise Refused("decimals", str(error)) from error


LineFormSet = forms.formset_factory(LineForm, extra=LINES)


@reading
def entries(request: HttpRequest) -> HttpResponse:
    """Adjusting entries: those that wait for a second person, then the others."""
    found = Adjustment.objects.select_related("proposed_by", "decided_by")
    found = found.prefetch_related("lines__adjustment")
    waiting = found.filter(state=Adjustment.State.PROPOSED)
    page = page_of(request, found.exclude(state=Adjustment.State.PROPOSED))
    return render(request, "storefront/finance_entries.html", {"waiting": waiting, "page": page})


@reading_and_acting
def propose(request: HttpRequest) -> HttpResponse:
    """Write an adjusting entry for a second person."""
    data = request.POST if request.method == "POST" else None
    form, lines = ProposalForm(data), LineFormSet(data, prefix="lines")
    if data is not None and form.is_valid() and lines.is_valid():
        given = form.cleaned_data
        try:
            postings = [line.posting(given["currency"]) for line in lines]
            adjustments.propose(
                **given,
                postings=[each for each in postings if each is not None],
                by=signed_in_user(request),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("It waits for a second person."))
            return redirect("storefront:finance-entries")
    return render(request, "storefront/finance_entry.html", {"form": form, "lines": lines})


@acting
def decide_entry(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Post what somebody else proposed, or drop it."""
    adjustment = get_object_or_404(Adjustment, public_id=public_id)
    post = request.POST.get("decision") == "post"
    return act_with_reason(
        request,
        action="adjustment.posted" if post else "adjustment.dropped",
        subject=adjustment,
        act=lambda: adjustments.decide(
            adjustment=adjustment, post=post, by=signed_in_user(request)
        ),
        back=reverse("storefront:finance-entries"),
        done=gettext("Posted.") if post else gettext("Dropped."),
    )


@reading
def months(request: HttpRequest) -> HttpResponse:
    """The month to close next with what stands open of it, and the closed ones."""
    found = closing.closable_month()
    matters = closing.open_matters(found) if found is not None else []
    closings = Closing.objects.select_related("closed_by", "reopening_asked_by", "reopened_by")
    return render(
        request,
        "storefront/finance_months.html",
        {
            "month": found,
            "matters": matters,
            "prevented": any(matter.prevents for matter in matters),
            "this_month": timezone.now(),
            "page": page_of(request, closings),
        },
    )


@acting
def close(request: HttpRequest) -> HttpResponse:
    """Close the month that is named, if it is the next one."""
    by = signed_in_user(request)

    def act() -> None:
        words = reasons.require(request.POST.get("reason", ""))
        try:
            month = date.fromisoformat(request.POST.get("month", ""))
        except ValueError as error:
            raise Refused("month", gettext("Name the month to close.")) from error
        with transaction.atomic():
            closed = closing.close_month(month=month, by=by)
            reasons.note(action="month.closed", subject=closed, words=words, by=by)

    return attempt(request, act, back=reverse("storefront:finance-months"), done=gettext("Closed."))


@acting
def decide_month(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a month to be reopened, reopen it as the second person, or leave it closed."""
    closed, by = get_object_or_404(Closing, pk=pk), signed_in_user(request)
    back, decision = reverse("storefront:finance-months"), request.POST.get("decision", "")
    if decision == "ask":  # its reason is kept with the closing
        why = request.POST.get("reason", "")
        return attempt(
            request,
            lambda: closing.ask_to_reopen(closing=closed, reason=why, by=by),
            back=back,
            done=gettext("A second person is needed."),
        )
    reopen = decision == "reopen"
    told = gettext("%(month)s is open again.") if reopen else gettext("%(month)s stays closed.")
    return act_with_reason(
        request,
        action="month.reopened" if reopen else "month.left_closed",
        subject=closed,
        act=lambda: closing.decide_reopening(closing=closed, reopen=reopen, by=by),
        back=back,
        done=told % {"month": in_the_language(closed.month, "F Y")},
    )


@reading
def download_journal(request: HttpRequest) -> StreamingHttpResponse:
    """The journal of a month; it is proved before its first byte is sent."""
    by = signed_in_user(request)
    asked = request.GET.get("month", f"{timezone.now():%Y-%m}")
    month = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", asked)  # it names the file, too
    if month is None or not 1 <= int(month[1]) <= 9998:
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
