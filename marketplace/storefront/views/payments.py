"""What a buyer's organizations paid, with a receipt for each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from marketplace.billing.models import Invoice
from marketplace.billing.queries import invoices_visible_to
from marketplace.money import Money
from marketplace.payouts.incoming import receipts
from marketplace.payouts.models import Payment
from marketplace.payouts.queries import payments_visible_to
from marketplace.payouts.returning import dispute_documents, unused
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from marketplace.storefront.views.authenticate_again import MARK, authenticate_again
from marketplace.storefront.views.papers import paper
from marketplace.storefront.views.requests import signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first

A_PAGE = 50


def _row(payment: Payment, documents: Sequence[Invoice], *, kept: str | None) -> dict[str, Any]:
    return {
        "documents": documents,
        "payment": payment,
        "number": receipts.number_of(payment),
        "what": receipts.what_for(payment),
        "tax": Money(payment.tax_minor, payment.currency),
        "refunded": Money(payment.refunded_minor, payment.currency),
        "unused": kept == "",
        "kept": kept if not payment.refunded_minor else "",
    }


@sign_in_first
@never_cache
@require_GET
def payments(request: HttpRequest) -> HttpResponse:
    """Every payment, newest first."""
    visible = payments_visible_to(signed_in_user(request))
    page = Paginator(visible, A_PAGE).get_page(request.GET.get("page"))
    charges = [payment.charge for payment in page]
    restored = dispute_documents.restoring(list(page))
    documents: dict[str, list[Invoice]] = {}
    written = invoices_visible_to(signed_in_user(request)).filter(
        Q(reference__in=[*charges, *restored]) | Q(corrects__reference__in=charges)
    )
    for each in written.order_by("pk"):
        reference = (each.corrects or each).reference
        documents.setdefault(restored.get(reference, reference), []).append(each)
    kept = unused.why_kept(list(page))
    rows = [_row(each, documents.get(each.charge, []), kept=kept.get(each.pk)) for each in page]
    return render(request, "storefront/payments.html", {"page": page, "rows": rows})


@sign_in_first
@never_cache
@require_GET
def receipt(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A receipt as PDF, for those who may see the payment."""
    payment = get_object_or_404(payments_visible_to(signed_in_user(request)), public_id=public_id)
    return paper(request, lambda: receipts.pdf(payment), name=receipts.number_of(payment))


def _mine(request: HttpRequest, public_id: uuid.UUID) -> Payment:
    return get_object_or_404(payments_visible_to(signed_in_user(request)), public_id=public_id)


def _ask(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    payment = _mine(request, public_id)
    if not unused.can_be_taken_back(payment):
        raise Http404
    context = {"payment": payment, "what": receipts.what_for(payment)}
    return render(request, "storefront/take_back.html", context)


@authenticate_again
def _take_back(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    payment = _mine(request, public_id)
    try:
        unused.take_back(payment=payment, by=signed_in_user(request))
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{payment.amount} is on its way back to you.")
    return redirect("storefront:payments")


@sign_in_first
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """What ends when a payment is taken back; its button does it."""
    act = _take_back if request.method == "POST" else _ask
    return act(request, public_id)


setattr(take_back, MARK, True)
