"""What waits for a person in finance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.payouts.waiting import what_waits
from marketplace.storefront.views.finance.desk import reading


@reading
def overview(request: HttpRequest) -> HttpResponse:
    """What needs a person today."""
    return render(request, "storefront/finance.html", {"waiting": what_waits()})
