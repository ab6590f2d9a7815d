"""Billing details, and the invoices and credit notes of a buyer's organizations."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.billing import details, documents, vat_checks
from marketplace.billing.queries import invoices_visible_to
from marketplace.refusals import Refused
from marketplace.storefront.address_forms import BillingForm
from marketplace.storefront.views.papers import paper
from marketplace.storefront.views.requests import chosen_organization, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first


@sign_in_first
@never_cache
def billing(request: HttpRequest) -> HttpResponse:
    """Whom the coming invoices of an organization are made out to."""
    user, organization = signed_in_user(request), chosen_organization(request)
    kept = details.details_of(organization)
    initial = {name: getattr(kept, name) for name in details.FIELDS} if kept else {}
    form = BillingForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            details.save_details(organization=organization, by=user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.code if refusal.code in form.fields else None, str(refusal))
        else:
            messages.success(request, gettext("Your coming invoices will be made out like this."))
            page = reverse("storefront:billing")
            return redirect(f"{page}?organization={organization.public_id}")
    return render(
        request,
        "storefront/billing.html",
        {
            "form": form,
            "kept": kept,
            "vat_check": vat_checks.in_words(kept) if kept and settings.VIES_URL else "",
            "organization": organization,
            "organizations": organizations_of(user),
            "may_buy": may(user, organization, Right.BUY),
        },
        status=422 if form.errors else 200,
    )


@sign_in_first
@never_cache
@require_GET
def invoice(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A document as PDF, for those who may see the payment."""
    found = get_object_or_404(invoices_visible_to(signed_in_user(request)), public_id=public_id)
    return paper(request, lambda: documents.pdf(found), name=str(found.number))
