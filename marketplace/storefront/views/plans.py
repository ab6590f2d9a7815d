"""Plans, prepaid credit and teams: what an organization has and who is in it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts import organizations
from marketplace.accounts.models import Membership, Organization
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.licensing import api_keys as keys
from marketplace.licensing import credit as meter
from marketplace.licensing import plans as catalogue
from marketplace.licensing.queries import keys_visible_to
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import credits, subscriptions
from marketplace.payouts.models import CreditOrder
from marketplace.refusals import PaymentProviderUnavailable, Refused
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.storefront.views.studio import signed_in
from marketplace.voices.uses import Use


def chosen_organization(request: HttpRequest) -> Organization:
    """The organization that a form or link names, one's own where it names none."""
    mine = organizations_of(signed_in(request))
    asked = request.POST.get("organization") or request.GET.get("organization")
    if not asked:
        return mine.get(personal_of=request.user.pk)
    try:
        return get_object_or_404(mine, public_id=uuid.UUID(asked))
    except ValueError:
        return mine.get(personal_of=request.user.pk)


@never_cache
@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """The plans side by side; for who is signed in, their own and how far it is used."""
    context: dict[str, object] = {
        "plans": [
            (plan, Money(plan.price_minor, catalogue.CURRENCY)) for plan in catalogue.PLANS.values()
        ],
        "uses": [Use(use).label for use in catalogue.USES],
    }
    if request.user.is_authenticated:
        organization = chosen_organization(request)
        context |= {
            "organization": organization,
            "organizations": organizations_of(signed_in(request)),
            "subscription": catalogue.subscription_of(organization),
            "current": catalogue.plan_of(organization),
            "month": catalogue.current_month(organization),
            "may_buy": may(signed_in(request), organization, Right.BUY),
            "may_make_keys": may(signed_in(request), organization, Right.KEYS),
            "keys": keys_visible_to(signed_in(request)).filter(
                organization=organization, licences=None
            ),
            "key_uses": [Use(use) for use in catalogue.USES],
        }
    return render(request, "storefront/plans.html", context)


@sign_in_first
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Send a buyer to subscribe."""
    try:
        return HttpResponseRedirect(
            subscriptions.begin_plan_checkout(
                organization=chosen_organization(request),
                plan=request.POST.get("plan", ""),
                by=signed_in(request),
            )
        )
    except (Refused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect("storefront:plans")


@sign_in_first
@require_POST
def manage_plan(request: HttpRequest) -> HttpResponse:
    """Send a subscriber to the provider's own pages."""
    organization = chosen_organization(request)
    subscription = catalogue.subscription_of(organization)
    if subscription is None or not may(signed_in(request), organization, Right.BUY):
        return redirect("storefront:plans")
    try:
        return HttpResponseRedirect(
            stripe_api.portal_link(
                customer=subscription.customer, return_url=request.build_absolute_uri("/plans")
            )
        )
    except PaymentProviderUnavailable as problem:
        messages.error(request, str(problem))
    return redirect("storefront:plans")


@sign_in_first
@require_POST
@never_cache
def create_plan_key(request: HttpRequest) -> HttpResponse:
    """A key that speaks with everything the organization has, shown once."""
    try:
        _, secret = keys.create_key(
            organization=chosen_organization(request),
            name=request.POST.get("name", ""),
            use=request.POST.get("use", ""),
            by=signed_in(request),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("storefront:plans")
    return render(request, "storefront/new_key.html", {"secret": secret})


@sign_in_first
@never_cache
def credit(request: HttpRequest) -> HttpResponse:
    """How much credit there is, the monthly limit, and more of it."""
    organization = chosen_organization(request)
    account = meter.account(organization, "USD")
    may_buy = may(signed_in(request), organization, Right.BUY)
    if request.method == "POST" and may_buy:
        if "limit" in request.POST:
            text = request.POST["limit"].strip()
            limit = int(text) * 100 if text.isdigit() and len(text) < 7 else None
            meter.set_limit(organization=organization, currency="USD", minor=limit)
            messages.success(request, "The monthly limit is set.")
            return redirect(f"{request.path}?organization={organization.public_id}")
        try:
            return HttpResponseRedirect(
                credits.begin_credit_checkout(
                    organization=organization,
                    minor=int(request.POST.get("minor", "0")),
                    by=signed_in(request),
                )
            )
        except (Refused, ValueError, PaymentProviderUnavailable) as problem:
            messages.error(request, str(problem))
    return render(
        request,
        "storefront/credit.html",
        {
            "organization": organization,
            "organizations": organizations_of(signed_in(request)),
            "account": account,
            "spent": Money(account.month_micros // 1_000_000, "USD"),
            "limit": account.monthly_limit_minor and account.monthly_limit_minor // 100,
            "packs": [(minor, Money(minor, "USD")) for minor in credits.PACKS_MINOR],
            "charges": organization.usage_charges.select_related("generation__voice").order_by(
                "-pk"
            )[:30],
            "may_buy": may_buy,
        },
    )


@sign_in_first
@require_GET
def credit_paid(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Back from payment."""
    order = get_object_or_404(
        CreditOrder, public_id=public_id, organization__memberships__user=request.user
    )
    try:
        if not credits.confirm_credit(order=order):
            messages.warning(request, "The payment has not arrived yet; look again in a minute.")
    except PaymentProviderUnavailable:
        messages.warning(request, "The payment provider does not answer; look again in a minute.")
    return redirect(f"/credit?organization={order.organization.public_id}")


@sign_in_first
@never_cache
def teams(request: HttpRequest) -> HttpResponse:
    """One's teams and who is in them."""
    user = signed_in(request)
    if request.method == "POST":
        try:
            organizations.create_organization(name=request.POST.get("name", ""), by=user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("storefront:teams")
    mine = (
        organizations_of(user)
        .filter(personal_of=None)
        .prefetch_related("memberships__user", "invitations")
    )
    return render(
        request,
        "storefront/teams.html",
        {
            "teams": [(team, may(user, team, Right.MEMBERS)) for team in mine],
            "roles": Membership.Role.choices,
        },
    )


@sign_in_first
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Invite an address."""
    try:
        organizations.invite(
            organization=chosen_organization(request),
            email=request.POST.get("email", ""),
            role=request.POST.get("role", ""),
            by=signed_in(request),
        )
        messages.success(request, "The invitation is on its way.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:teams")


@sign_in_first
@never_cache
def join(request: HttpRequest) -> HttpResponse:
    """Accept an invitation; the token comes after '#', so no log has it, and is posted by a form."""
    if request.method == "POST":
        try:
            membership = organizations.accept_invitation(
                token=request.POST.get("token", ""), by=signed_in(request)
            )
            messages.success(request, f"Welcome to {membership.organization}.")
            return redirect("storefront:teams")
        except Refused as refusal:
            messages.error(request, str(refusal))
    return render(request, "storefront/join.html")


@sign_in_first
@require_POST
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a member's role or take them out."""
    membership = get_object_or_404(
        Membership.objects.select_related("organization"),
        pk=pk,
        organization__memberships__user=request.user,
    )
    try:
        if "remove" in request.POST:
            organizations.remove_member(membership=membership, by=signed_in(request))
        else:
            organizations.change_role(
                membership=membership, role=request.POST.get("role", ""), by=signed_in(request)
            )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:teams")
