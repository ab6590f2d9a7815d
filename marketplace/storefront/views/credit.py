"""Prepaid credit: the balance, the monthly limit, and buying more."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.licensing import credit as meter
from marketplace.money import Money
from marketplace.payouts.incoming import credits, saved_methods, top_up_charges, top_ups
from marketplace.payouts.models import CreditOrder, SavedMethod, StandingTopUp
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.requests import (
    attempt,
    chosen_organization,
    signed_in_user,
    team_of,
    whole_number,
)
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
        try:
            return HttpResponseRedirect(
                credits.begin_credit_checkout(
                    organization=organization,
                    minor=int(request.POST.get("minor", "0")),
                    by=signed_in_user(request),
                )
            )
        except (Refused, ProviderRefused, ValueError, PaymentProviderUnavailable) as problem:
            messages.error(request, str(problem))
    limit = account.monthly_limit_minor
    return render(
        request,
        "storefront/credit.html",
        {
            "organization": organization,
            "organizations": organizations_of(signed_in_user(request)),
            "team": team_of(organization),
            "account": account,
            "spent": Money(account.month_micros // 1_000_000, settings.CURRENCY),
            "limit": None if limit is None else Money(limit, settings.CURRENCY),
            "packs": [(minor, Money(minor, settings.CURRENCY)) for minor in credits.PACKS_MINOR],
            "charges": organization.usage_charges.select_related("generation__voice").order_by(
                "-pk"
            )[:30],
            "may_buy": may_buy,
            "top_up": top_ups.top_up_of(organization),
            "due": top_ups.due_order_of(organization),
            "method": saved_methods.method_of(organization),
            "is_owner": top_ups.is_owner(signed_in_user(request), organization)
            and organization.personal_of_id is not None,
        },
    )


@sign_in_first
@require_POST
@authenticate_again
def set_limit(request: HttpRequest) -> HttpResponse:
    """Set the monthly limit, or lift it."""
    organization = chosen_organization(request)
    if "limit" not in request.POST:  # no form of ours: nothing written would lift the limit
        return redirect(_page(organization))
    try:
        whole = whole_number(request.POST["limit"], at_most=MAX_LIMIT)
        meter.set_limit(
            organization=organization,
            currency=settings.CURRENCY,
            minor=None if whole is None else Money.parse(str(whole), settings.CURRENCY).minor,
            by=signed_in_user(request),
        )
    except Refused as refusal:
        messages.error(
            request, gettext("The monthly limit is unchanged. %(refusal)s") % {"refusal": refusal}
        )
    else:
        messages.success(request, gettext("The monthly limit is set."))
    return redirect(_page(organization))


def _page(organization: Organization) -> str:
    return f"{reverse('storefront:credit')}?organization={organization.public_id}"


def _minor(request: HttpRequest, name: str) -> int:
    """An amount in whole units that somebody wrote, in minor ones; nothing is 0."""
    whole = whole_number(request.POST.get(name, ""), at_most=MAX_LIMIT)
    return Money.parse(str(whole or 0), settings.CURRENCY).minor


@sign_in_first
@require_POST
@authenticate_again
def switch_top_up_on(request: HttpRequest) -> HttpResponseBase:
    """Have credit bought by itself; where no payment method is saved, go and save one."""
    organization, by = chosen_organization(request), signed_in_user(request)
    try:
        standing = top_ups.ask(
            organization=organization,
            by=by,
            agreed="agreed" in request.POST,
            amount_minor=whole_number(request.POST.get("amount", ""), at_most=9_999_999) or 0,
            below_minor=_minor(request, "below"),
            monthly_minor=_minor(request, "monthly"),
            has_method=saved_methods.method_of(organization) is not None,
        )
        if standing.state == StandingTopUp.State.WAITING:
            return HttpResponseRedirect(top_up_charges.begin_setup(standing=standing, by=by))
        messages.success(request, gettext("Automatic top-up is on."))
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect(_page(organization))


@sign_in_first
@require_POST
def switch_top_up_off(request: HttpRequest) -> HttpResponse:
    """Buy credit by hand alone."""
    organization = chosen_organization(request)
    return attempt(
        request,
        lambda: top_ups.switch_off(organization=organization, by=signed_in_user(request)),
        back=_page(organization),
        done=gettext("Automatic top-up is off."),
    )


@sign_in_first
@require_POST
def confirm_payment(request: HttpRequest) -> HttpResponse:
    """Go and confirm a payment for credit that the bank wants its customer for."""
    organization = chosen_organization(request)
    due = top_ups.due_order_of(organization)
    if due is None:
        messages.info(request, gettext("There is nothing to pay at present."))
        return redirect(_page(organization))
    try:
        by = signed_in_user(request)
        return HttpResponseRedirect(top_up_charges.begin_due_checkout(order=due, by=by))
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect(_page(organization))


@sign_in_first
@require_GET
def card_saved(request: HttpRequest) -> HttpResponse:
    """Back from saving a payment method."""
    organization = chosen_organization(request)
    known = SavedMethod.objects.filter(organization=organization).first()
    try:
        if known is not None and known.setup_session:
            saved_methods.confirm_setup(saved=known)
    except PaymentProviderUnavailable:
        messages.warning(
            request, gettext("The payment provider is not responding; look again in a minute.")
        )
    return redirect(_page(organization))


@sign_in_first
@require_GET
def credit_paid(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Back from payment."""
    order = get_object_or_404(
        CreditOrder, public_id=public_id, organization__memberships__user=request.user
    )
    try:
        if not top_up_charges.confirm(order=order):
            messages.warning(
                request, gettext("The payment has not arrived yet; check again in a minute.")
            )
    except PaymentProviderUnavailable:
        messages.warning(
            request, gettext("The payment provider is not responding; check again in a minute.")
        )
    return redirect(f"/credit?organization={order.organization.public_id}")
