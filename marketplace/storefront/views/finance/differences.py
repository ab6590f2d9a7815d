"""Differences from the provider's books: those that stand, every comparison, and what books one by hand."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy

from marketplace.payouts.books import adjustments, differences
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.models import Adjustment, LedgerAccount, Reconciliation
from marketplace.refusals import Refused
from marketplace.storefront.views.finance.books import EntryForm
from marketplace.storefront.views.finance.desk import page_of, reading, reading_and_acting
from marketplace.storefront.views.requests import signed_in_user


class BookingForm(EntryForm):
    """What a difference was, and where it belongs."""

    account = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in LedgerAccount.ADJUSTABLE],
        label=pgettext_lazy("of the ledger", "Account"),
    )
    field_order = ("account", "dated", "document", "reason")


@reading
def overview(request: HttpRequest) -> HttpResponse:
    """What still differs, and every comparison of the ledger with the provider's books."""
    page = page_of(request, Reconciliation.objects.all())
    rows = [
        {
            "comparison": comparison,
            "found": [differences.read(row) for row in comparison.differences],
        }
        for comparison in page
    ]
    proposed = set(
        Adjustment.objects.filter(state=Adjustment.State.PROPOSED)
        .exclude(provider_object="")
        .values_list("provider_object", "currency")
    )
    standing = [
        {"found": each, "proposed": each.key in proposed} for each in differences.standing()
    ]
    return render(
        request,
        "storefront/finance_differences.html",
        {"page": page, "rows": rows, "standing": standing},
    )


@reading_and_acting
def book(request: HttpRequest, source: str, currency: str) -> HttpResponse:
    """Propose the entry that books a difference, for a second person."""
    found = differences.find(source, currency)
    if found is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = BookingForm(data, initial={"dated": timezone.now().date().isoformat()})
    if data is not None and form.is_valid():
        given = form.cleaned_data
        minor = found.missing.minor
        try:
            adjustments.propose(
                currency=currency,
                dated=given["dated"],
                postings=[Posting(given["account"], max(0, -minor), max(0, minor))],
                reason=given["reason"],
                document=given["document"],
                by=signed_in_user(request),
                difference=found,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("It waits for a second person."))
            return redirect("storefront:finance-entries")
    return render(request, "storefront/finance_difference.html", {"form": form, "found": found})
