"""The provider's events that went wrong, and another try."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.payouts import provider_events, reasons
from marketplace.payouts.models import ProviderEvent
from marketplace.payouts.waiting import unhandled_events
from marketplace.storefront.views.finance.desk import act_with_reason, acting, page_of, reading
from marketplace.storefront.views.requests import signed_in_user


@reading
def events(request: HttpRequest) -> HttpResponse:
    """Events that failed, or wait for their payment, with what was done about them."""
    page = page_of(request, unhandled_events())
    written = {reason.subject_id: reason for reason in reversed(reasons.reasons_about(page))}
    rows = [{"event": event, "reason": written.get(event.pk)} for event in page]
    return render(request, "storefront/finance_events.html", {"page": page, "rows": rows})


@acting
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Act on an event again."""
    event = get_object_or_404(ProviderEvent, pk=pk)
    return act_with_reason(
        request,
        action="event.retried",
        subject=event,
        act=lambda: provider_events.try_again(event=event, by=signed_in_user(request)),
        back=reverse("storefront:finance-events"),
        done=gettext("It is being tried again."),
    )
