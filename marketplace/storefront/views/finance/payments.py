"""Payments: found by whoever paid or by a reference, each with its story, and refunded."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from marketplace.billing import documents, vat_checks
from marketplace.billing.models import Invoice
from marketplace.money import Money
from marketplace.payouts import reasons
from marketplace.payouts.incoming import receipts
from marketplace.payouts.models import Payment, Refund
from marketplace.payouts.returning import refunds
from marketplace.payouts.story import documents_of, search_payments, story_of
from marketplace.refusals import InvalidTransition, Refused
from marketplace.storefront.views.finance.desk import act_with_reason, acting, page_of, reading
from marketplace.storefront.views.papers import paper
from marketplace.storefront.views.requests import signed_in_user


class RefundForm(forms.Form):
    """How much to refund, and why."""

    amount = forms.RegexField(
        r"^[0-9]{1,9}(\.[0-9]{1,3})?$",
        required=False,
        strip=True,
        label=gettext_lazy("Amount, such as 12.50 (empty: all that is left)"),
        error_messages={"invalid": gettext_lazy("Write the amount in digits, such as 12.50.")},
    )
    reason = forms.CharField(max_length=200, label=gettext_lazy("Why"))


@reading
def payments(request: HttpRequest) -> HttpResponse:
    """Payments, newest first."""
    words = request.GET.get("q", "")[:120].replace("\0", "")
    page = page_of(request, search_payments(words))
    rows = [
        {
            "payment": payment,
            "what": receipts.what_for(payment),
            "refunded": Money(payment.refunded_minor, payment.currency),
        }
        for payment in page
    ]
    context = {"page": page, "rows": rows, "words": words}
    return render(request, "storefront/finance_payments.html", context)


def _show(request: HttpRequest, payment: Payment, form: RefundForm) -> HttpResponse:
    refunds_of = list(payment.refunds.order_by("pk"))
    return render(
        request,
        "storefront/finance_payment.html",
        {
            "payment": payment,
            "what": receipts.what_for(payment),
            "number": receipts.number_of(payment),
            "left": refunds.left_to_refund(payment),
            "used": refunds.used_for_another(payment),
            "story": story_of(payment),
            "vat_number": vat_checks.of_organization(payment.organization),
            "documents": [each for each in documents_of(payment) if each.number],
            "refunds": refunds_of,
            "disputes": payment.disputes.order_by("pk"),
            "reasons": reasons.reasons_about([payment, *refunds_of]),
            "form": form,
        },
    )


@reading
def payment(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One payment with its story."""
    found = get_object_or_404(Payment.objects.select_related("organization"), public_id=public_id)
    return _show(request, found, RefundForm())


@acting
def refund(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show what of a payment is about to be refunded, and to whom; refund it once that is confirmed."""
    paid = get_object_or_404(Payment.objects.select_related("organization"), public_id=public_id)
    form = RefundForm(request.POST)
    if not form.is_valid():
        return _show(request, paid, form)
    written, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
    try:
        left = refunds.left_to_refund(paid)
        amount = Money.parse_exactly(written, paid.currency) if written else left
        if "confirmed" not in request.POST:
            _require_some(amount, left)
            return _confirm(request, paid, amount, reason)
        made = refunds.request_refund(
            payment=paid, amount_minor=amount.minor, reason=reason, by=signed_in_user(request)
        )
    except (Refused, InvalidTransition, ValueError) as refusal:
        form.add_error(None, str(refusal))
        return _show(request, paid, form)
    waits = made.state == Refund.State.PROPOSED
    told = gettext("%(amount)s is on its way.")
    if waits:
        told = gettext("%(amount)s waits for a second person.")
    messages.success(request, told % {"amount": made.amount})
    return redirect("storefront:finance-payment", paid.public_id)


def _require_some(amount: Money, left: Money) -> None:
    if not 0 < amount.minor <= left.minor:
        raise Refused(
            "too_much",
            gettext("At most %(left)s of this payment can be refunded, and not nothing.")
            % {"left": left},
        )


def _confirm(request: HttpRequest, paid: Payment, amount: Money, reason: str) -> HttpResponse:
    order = paid.order
    return render(
        request,
        "storefront/finance_refund.html",
        {
            "payment": paid,
            "what": receipts.what_for(paid),
            "number": receipts.number_of(paid),
            "buyer": order.buyer if order is not None else None,
            "amount": amount,
            "reason": reason,
        },
    )


@reading
def refunds_list(request: HttpRequest) -> HttpResponse:
    """Refunds: first those that wait for somebody, then the others, newest first."""
    found = Refund.objects.select_related("payment__organization", "requested_by", "approved_by")
    waiting = found.filter(state__in=[Refund.State.PROPOSED, Refund.State.RETURNED])
    page = page_of(request, found.exclude(pk__in=waiting.values("pk")))
    return render(
        request, "storefront/finance_refunds.html", {"waiting": waiting[:100], "page": page}
    )


@acting
def decide_refund(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Approve or drop a large refund, or record that a returned one was paid another way."""
    asked = get_object_or_404(Refund.objects.select_related("payment"), public_id=public_id)
    by, decision = signed_in_user(request), request.POST.get("decision", "")

    def act() -> None:
        if decision == "paid":
            reference = request.POST.get("reference", "")
            refunds.record_paid_elsewhere(refund=asked, reference=reference, by=by)
        else:
            refunds.decide_proposed(refund=asked, approve=decision == "approve", by=by)

    done = {"approve": gettext("It is on its way."), "paid": gettext("Noted.")}.get(
        decision, gettext("Dropped.")
    )
    action = {"approve": "refund.approved", "paid": "refund.paid_elsewhere"}
    return act_with_reason(
        request,
        action=action.get(decision, "refund.dropped"),
        subject=asked,
        act=act,
        back=reverse("storefront:finance-refunds"),
        done=done,
    )


@reading
def invoice(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A document of a payment, as PDF."""
    document = get_object_or_404(Invoice.objects.exclude(number=None), public_id=public_id)
    return paper(request, lambda: documents.pdf(document), name=str(document.number))
