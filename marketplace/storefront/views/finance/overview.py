"""What waits for a person in finance, and the differences from the provider's books."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.money import Money
from marketplace.payouts.models import Reconciliation
from marketplace.payouts.waiting import what_waits
from marketplace.storefront.views.finance.desk import page_of, reading


@reading
def overview(request: HttpRequest) -> HttpResponse:
    """What needs a person today."""
    return render(request, "storefront/finance.html", {"waiting": what_waits()})


@reading
def differences(request: HttpRequest) -> HttpResponse:
    """Every comparison of the ledger with the provider's books, and how they differed."""
    page = page_of(request, Reconciliation.objects.all())
    rows = [
        {
            "comparison": comparison,
            "found": [
                {
                    "object": found["object"],
                    "ledger": Money(found["ledger_minor"], found["currency"]),
                    "provider": Money(found["provider_minor"], found["currency"]),
                }
                for found in comparison.differences
            ],
        }
        for comparison in page
    ]
    return render(request, "storefront/finance_differences.html", {"page": page, "rows": rows})
