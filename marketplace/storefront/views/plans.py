"""Plans: comparing, subscribing, managing."""

from __future__ import annotations

import time
import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace import dates
from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.licensing import plans as catalogue
from marketplace.licensing.queries import keys_visible_to
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import left_plans, plan_changes, subscriptions
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.requests import (
    chosen_organization,
    signed_in_user,
    team_of,
    whole_number,
)
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.uses import Use, told

AWAITED_FOR = 15 * 60  # seconds that a plan which was paid is said to be on its way
_AWAITED = "plan_awaited"  # in the session: whose plan, and since when
MAX_NUMBER = 9_999_999_999  # of seconds since 1970, and of minor units


@never_cache
@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """The plans side by side, with the user's own plan and its usage when signed in."""
    context: dict[str, object] = {
        "plans": [
            (
                plan,
                Money(plan.price_minor, settings.CURRENCY),
                Money(plan.yearly_minor, settings.CURRENCY),
            )
            for plan in catalogue.PLANS.values()
        ],
        "uses": [told(use) for use in catalogue.USES],
    }
    if request.user.is_authenticated:
        organization = chosen_organization(request)
        by = signed_in_user(request)
        standing = catalogue.Standing(organization)
        subscription = standing.subscription
        may_buy = may(by, organization, Right.BUY)
        has_left = subscription is not None and left_plans.has_left(subscription)
        is_own = subscription is not None and subscription.buyer_id == by.pk
        charged = left_plans.charged_to(by)
        context |= {
            "organization": organization,
            "organizations": organizations_of(by),
            "team": team_of(organization),
            "subscription": subscription,
            "awaited": not standing.has_arrived and _is_awaited(request, organization),
            "current": standing.plan,
            "month": standing.month,
            "paid_until": standing.paid_until,
            "may_change": may_buy and is_own,
            "has_left": has_left,
            "payer": subscription.buyer if subscription and may_buy and not is_own else None,
            "charged": charged.exclude(organization=organization) if may_buy else charged,
            "may_make_keys": may(by, organization, Right.KEYS),
            "keys": keys_visible_to(by).filter(organization=organization, licences=None),
            "key_uses": [Use(use) for use in catalogue.USES],
        }
    return render(request, "storefront/plans.html", context)


@sign_in_first
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Redirect a buyer to subscribe."""
    organization = chosen_organization(request)
    try:
        return HttpResponseRedirect(
            subscriptions.begin_plan_checkout(
                organization=organization,
                plan=request.POST.get("plan", ""),
                by=signed_in_user(request),
                yearly=request.POST.get("period") == "year",
            )
        )
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect(_page_of(organization))


def _page_of(organization: Organization) -> str:
    return f"{reverse('storefront:plans')}?organization={organization.public_id}"


@sign_in_first
@never_cache
@require_GET
def plan_paid(request: HttpRequest) -> HttpResponse:
    """Back from subscribing: wait until the provider has confirmed it, then show the plan."""
    organization = chosen_organization(request)
    standing = catalogue.Standing(organization)
    if not standing.has_arrived:
        request.session[_AWAITED] = [str(organization.public_id), time.time()]
        context = {"organization": organization}
        return render(request, "storefront/plan_pending.html", context, status=202)
    request.session.pop(_AWAITED, None)
    plan = {"plan": standing.plan.name}
    messages.success(request, gettext("You have the plan %(plan)s now.") % plan)
    return redirect(_page_of(organization))


def _is_awaited(request: HttpRequest, organization: Organization) -> bool:
    """Whether this browser came back from subscribing a moment ago, and the plan is not there yet."""
    whose, since = request.session.get(_AWAITED, ["", 0.0])
    return bool(whose == str(organization.public_id) and time.time() - since < AWAITED_FOR)


@sign_in_first
@require_POST
@authenticate_again
def manage_plan(request: HttpRequest) -> HttpResponse:
    """Redirect a subscriber to the provider's portal."""
    organization = chosen_organization(request)
    subscription = catalogue.subscription_of(organization)
    if subscription is None or not may(signed_in_user(request), organization, Right.BUY):
        return redirect(_page_of(organization))
    back = f"{reverse('storefront:plan-managed')}?organization={organization.public_id}"
    try:
        left_plans.require_buyer(subscription, signed_in_user(request))
        return HttpResponseRedirect(
            stripe_api.portal_link(
                customer=subscription.customer, return_url=request.build_absolute_uri(back)
            )
        )
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect(_page_of(organization))


@sign_in_first
@require_POST
def end_plan(request: HttpRequest) -> HttpResponse:
    """End a plan that one's own card pays for, also that of a team one has left."""
    by = signed_in_user(request)
    try:
        organization = uuid.UUID(request.POST.get("organization", ""))
    except ValueError as error:
        raise Http404 from error
    mine = left_plans.charged_to(by).filter(organization__public_id=organization)
    try:
        left_plans.end(subscription=get_object_or_404(mine), by=by)
        messages.success(
            request,
            gettext("The plan ends with what is paid. Your card is charged no more for it."),
        )
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    team = organizations_of(by).filter(public_id=organization).first()  # None once one has left it
    return redirect(reverse("storefront:plans") if team is None else _page_of(team))


@sign_in_first
@never_cache
@require_GET
def plan_managed(request: HttpRequest) -> HttpResponse:
    """Back from the provider's portal: say whether the plan ends, and show whose it is."""
    organization = chosen_organization(request)
    if not may(signed_in_user(request), organization, Right.BUY):
        return redirect(_page_of(organization))
    subscription = catalogue.subscription_of(organization)
    if subscription is not None:
        try:
            subscriptions.refresh_subscription(subscription.provider_id)
        except (ProviderRefused, PaymentProviderUnavailable) as problem:
            messages.error(request, str(problem))
        subscription = catalogue.subscription_of(organization)
    if subscription is None:
        messages.info(request, gettext("The plan has ended."))
    elif subscription.cancels:
        messages.success(request, _words_of_end(organization))
    return redirect(_page_of(organization))


def _words_of_end(organization: Organization) -> str:
    """When a cancelled plan ends: one that is paid by the year not before its year does."""
    standing = catalogue.Standing(organization)
    plan, until = standing.plan.told, standing.paid_until
    if until is None:
        return gettext("The plan %(plan)s ends with what is paid.") % {"plan": plan}
    words = {"plan": plan, "day": dates.to_the_reader(until)}
    return gettext("The plan %(plan)s ends on %(day)s; until then it stays as it is.") % words


@sign_in_first
@never_cache
@require_GET
def show_change(request: HttpRequest) -> HttpResponse:
    """What another plan would credit and charge, from when, before anything is changed."""
    organization = chosen_organization(request)
    try:
        shown = plan_changes.show(
            organization=organization,
            plan=request.GET.get("plan", ""),
            by=signed_in_user(request),
        )
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
        return redirect(_page_of(organization))
    context = {"organization": organization, "change": shown}
    return render(request, "storefront/plan_change.html", context)


@sign_in_first
@require_POST
@authenticate_again
def change_plan(request: HttpRequest) -> HttpResponse:
    """Change the plan as it was shown."""
    organization = chosen_organization(request)
    plans_page = _page_of(organization)
    plan = request.POST.get("plan", "")
    try:
        changed = plan_changes.change(
            organization=organization,
            plan=plan,
            by=signed_in_user(request),
            at=whole_number(request.POST.get("at", ""), at_most=MAX_NUMBER) or 0,
            shown_minor=whole_number(request.POST.get("shown", ""), at_most=MAX_NUMBER) or 0,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        if refusal.code in ("too_old", "other_price"):
            query = urlencode({"plan": plan, "organization": organization.public_id})
            return redirect(f"{reverse('storefront:show-plan-change')}?{query}")
        if refusal.code == "needs_buyer":
            query = urlencode({"organization": organization.public_id})
            return redirect(f"{reverse('storefront:confirm-plan-change')}?{query}")
    except (ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _told(changed))
    return redirect(plans_page)


def _told(changed: plan_changes.PlanChange) -> str:
    """What a change of plan has done and charged, and where its papers are."""
    words = {
        "plan": changed.plan.told,
        "present": changed.present.told,
        "day": dates.to_the_reader(changed.begins_at),
    }
    if changed.cost is not None:
        return (
            gettext(
                "Your plan is %(plan)s now. The invoice is among your payments in a moment; the rest of "
                "your %(present)s month is deducted on it."
            )
            % words
        )
    if changed.plan == changed.present:
        return gettext("Your plan stays %(plan)s. Nothing was charged.") % words
    return (
        gettext(
            "Your plan is %(plan)s from %(day)s. Until then it stays %(present)s, and nothing was charged."
        )
        % words
    )


@sign_in_first
@never_cache
@require_GET
def confirm_change(request: HttpRequest) -> HttpResponse:
    """Where a buyer goes on to confirm the payment of a change of plan."""
    organization = chosen_organization(request)
    try:
        pending = plan_changes.pending_of(organization=organization, by=signed_in_user(request))
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
        return redirect(_page_of(organization))
    context = {"organization": organization, "pending": pending}
    return render(request, "storefront/plan_confirm.html", context)
