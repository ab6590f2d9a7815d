"""A creator's money: earnings, payouts, statements."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import User
from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts.creators import charts, onboarding, schedules, seller_details, statements
from marketplace.payouts.creators.holds import holds_of
from marketplace.payouts.models import PayoutAccount, PayoutSchedule
from marketplace.payouts.queries import (
    balances_of,
    currencies_of,
    earnings_of,
    months_with_money,
    transfers_of,
)  # fmt: skip
from marketplace.payouts.queries import (
    statement as statement_of,
)
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused
from marketplace.storefront import interest
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.creators_only import creator_of, creators_only
from marketplace.storefront.views.papers import paper
from marketplace.storefront.views.sign_in_first import sign_in_first


@sign_in_first
@never_cache
@require_GET
@creators_only
def earnings(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Every share earned, to the cent, and the creator's balances."""
    return render(
        request,
        "storefront/earnings.html",
        {
            "creator": creator,
            "balances": balances_of(creator),
            "earnings": earnings_of(creator)[:200],
            "months": months_with_money(creator)[:24],
            "charts": charts.charts_of(creator),
            "chart_days": charts.DAYS,
            "interest": interest.interest_in(creator),
            "interest_days": interest.DAYS,
            "licensees": interest.LICENSEES,
        },
    )


@sign_in_first
@never_cache
@require_GET
@creators_only
def payouts(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Whether the creator can be paid, what was paid, what is held and why."""
    account = PayoutAccount.objects.filter(creator=creator).first()
    if account is not None and not account.transfers_active:
        try:
            onboarding.refresh(account.provider_id)
            account.refresh_from_db()
        except (PaymentProviderUnavailable, ProviderRefused):
            messages.warning(request, gettext("The payment provider is not responding."))
    balances = balances_of(creator)
    return render(
        request,
        "storefront/payouts.html",
        {
            "creator": creator,
            "account": account,
            "freeze": creator.payout_freezes.filter(lifted_at=None).first(),
            "balances": balances,
            "holds": holds_of(creator),
            "details_needed": any(
                seller_details.are_needed(creator, each.available)
                for each in balances
                if each.available.minor
            ),
            "tax_threshold": Money(settings.TAX_DETAILS_FROM_MINOR, settings.CURRENCY),
            "schedule": schedules.schedule_of(creator),
            "rhythms": PayoutSchedule.Rhythm.choices,
            "transfers": transfers_of(creator)[:100],
        },
    )


@sign_in_first
@require_POST
@authenticate_again
@creators_only
def set_up_payouts(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Redirect the creator to the provider's onboarding pages."""
    assert isinstance(request.user, User)
    try:
        return HttpResponseRedirect(onboarding.begin_onboarding(creator=creator, by=request.user))
    except (PaymentProviderUnavailable, ProviderRefused) as problem:
        told = gettext("Payouts can't be set up just now: %(problem)s")
        messages.error(request, told % {"problem": problem})
    return redirect("storefront:payouts")


@sign_in_first
@require_GET
def statement(request: HttpRequest, year: int, month: int, kind: str) -> HttpResponse:
    """A month as PDF or CSV."""
    creator = creator_of(request)
    if (
        creator is None
        or not 1 <= month <= 12
        or not 2020 <= year <= 9998
        or kind not in ("pdf", "csv")
    ):
        raise Http404
    currency = request.GET.get("currency", settings.CURRENCY).upper()
    if currency not in currencies_of(creator):
        raise Http404
    month_statement = statement_of(creator, year, month, currency)
    name = f"statement-{year}-{month:02d}-{currency}"
    if kind == "pdf":
        return paper(request, lambda: statements.as_pdf(month_statement), name=name, save=True)
    return HttpResponse(
        statements.as_csv(month_statement).encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
