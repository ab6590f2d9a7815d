"""Prepaid credit: the balance, the monthly limit, and buying more."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.licensing import credit as meter
from marketplace.money import Money
from marketplace.payouts.incoming import credits
from marketplace.payouts.models import CreditOrder
from marketplace.refusals import PaymentProviderUnavailable, Refused
from marketplace.storefront.views.requests import chosen_organization, signed_in_user, whole_number
from marketplace.storefront.views.sign_in_first import sign_in_first

MAX_LIMIT = 999_999  # whole units of the currency


@sign_in_first
@never_cache
def credit(request: HttpRequest) -> HttpResponse:
    """The balance, the monthly limit, and buying more credit."""
    organization = chosen_organization(request)
    account = meter.account(organization, settings.CURRENCY)
    may_buy = may(signed_in_user(request), organization, Right.BUY)
    if request.method == "POST" and may_buy:
        if "limit" in request.POST:
            _set_limit(request, organization)
            return redirect(f"{request.path}?organization={organization.public_id}")
        try:
            return HttpResponseRedirect(
                credits.begin_credit_checkout(
                    organization=organization,
                    minor=int(request.POST.get("minor", "0")),
                    by=signed_in_user(request),
                )
            )
        except (Refused, ValueError, PaymentProviderUnavailable) as problem:
            messages.error(request, str(problem))
    limit = account.monthly_limit_minor
    return render(
        request,
        "storefront/credit.html",
        {
            "organization": organization,
            "organizations": organizations_of(signed_in_user(request)),
            "account": account,
            "spent": Money(account.month_micros // 1_000_000, settings.CURRENCY),
            "limit": None if limit is None else Money(limit, settings.CURRENCY),
            "packs": [(minor, Money(minor, settings.CURRENCY)) for minor in credits.PACKS_MINOR],
            "charges": organization.usage_charges.select_related("generation__voice").order_by(
                "-pk"
            )[:30],
            "may_buy": may_buy,
        },
    )


def _set_limit(request: HttpRequest, organization: Organization) -> None:
    try:
        whole = whole_number(request.POST["limit"], at_most=MAX_LIMIT)
    except Refused as refusal:
        messages.error(request, f"The monthly limit is unchanged. {refusal}")
        return
    limit = None if whole is None else Money.parse(str(whole), settings.CURRENCY).minor
    meter.set_limit(organization=organization, currency=settings.CURRENCY, minor=limit)
    messages.success(request, "The monthly limit is set.")


@sign_in_first
@require_GET
def credit_paid(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Back from payment."""
    order = get_object_or_404(
        CreditOrder, public_id=public_id, organization__memberships__user=request.user
    )
    try:
        if not credits.confirm_credit(order=order):
            messages.warning(request, "The payment has not arrived yet; check again in a minute.")
    except PaymentProviderUnavailable:
        messages.warning(
            request, "The payment provider is not responding; check again in a minute."
        )
    return redirect(f"/credit?organization={order.organization.public_id}")
