"""A buyer's licences."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from marketplace.accounts.organizations import Right, may
from marketplace.licensing import api_keys, certificates, plans, renewals, terms_text
from marketplace.licensing.models import Licence, Order
from marketplace.licensing.queries import keys_speaking_with, licences_visible_to
from marketplace.listings.queries import public_offer
from marketplace.payouts.incoming import checkout as payments
from marketplace.payouts.returning import withdrawals
from marketplace.policy import patterns
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from marketplace.storefront import shown_once
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.papers import paper
from marketplace.storefront.views.renewals import state_of
from marketplace.storefront.views.requests import attempt, signed_in_user, text_of
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.storefront.views.speak import speak_box
from marketplace.voices.uses import Use

ENDS_SOON = timedelta(days=30)  # before its end, renewing is what a buyer most likely came for


def _mine(request: HttpRequest, public_id: uuid.UUID) -> Licence:
    """A licence the user may see; any other does not exist."""
    return get_object_or_404(licences_visible_to(signed_in_user(request)), public_id=public_id)


@sign_in_first
def licences(request: HttpRequest) -> HttpResponse:
    """All licences that the signed-in user may see."""
    mine = licences_visible_to(signed_in_user(request))
    suspicions = patterns.open_suspicions(signed_in_user(request))
    subscriptions = plans.subscriptions_visible_to(signed_in_user(request))
    return render(
        request,
        "storefront/licences.html",
        {
            "licences": mine,
            "suspicions": suspicions,
            "subscriptions": [
                {"organization": each.organization, "told": plans.PLANS[each.plan].told}
                for each in subscriptions
            ],
        },
    )


@sign_in_first
@require_POST
def explain_suspicion(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Explain what a slowed or stopped organization is doing."""
    by = signed_in_user(request)
    suspicion = get_object_or_404(patterns.open_suspicions(by), public_id=public_id)
    try:
        patterns.explain(suspicion=suspicion, text=text_of(request, "explanation"), by=by)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("Thank you. A moderator will read it."))
    return redirect("storefront:licences")


@sign_in_first
@never_cache
def licence(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One licence: terms, keys, examples, usage, renewal."""
    mine, secret = _mine(request, public_id), shown_once.take(request)
    upgrades, renewable = renewals.upgrades_of(mine), renewals.is_renewable(mine)
    consent_ends = renewals.consent_ends_first(mine) if renewable else None
    kept = withdrawals.why_not(mine)
    return render(
        request,
        "storefront/licence.html",
        {
            "licence": mine,
            **terms_text.for_page(mine.terms),
            "keys": keys_speaking_with(mine).prefetch_related("licences"),
            "uses": [Use(use) for use in mine.terms["uses"]],
            "overlaps": api_keys.OVERLAPS,
            "may_make_keys": may(signed_in_user(request), mine.organization, Right.KEYS),
            "may_buy": may(signed_in_user(request), mine.organization, Right.BUY),
            "upgrades": upgrades if mine.state == Licence.State.ACTIVE else [],
            "renewable": renewable and consent_ends is None,
            "consent_ends": consent_ends,
            "ends_soon": mine.ends_at < timezone.now() + ENDS_SOON,
            "returnable": not kept,
            "kept": kept if mine.state == Licence.State.ACTIVE else "",
            "generations": mine.generations.select_related("api_key")[:10],
            "renewal": state_of(mine),
            **example_of(mine, secret),
            **speak_box(mine, signed_in_user(request), returnable=not kept),
        },
    )


def example_of(licence: Licence, secret: str) -> dict[str, str]:
    """What programs that speak by a licence are shown with; secret: of its new key, if there is one."""
    return {
        "secret": secret,
        "example_key": secret or "YOUR_API_KEY",
        "example_use": _use_to_state(licence),
    }


def _use_to_state(licence: Licence) -> str:
    """A use that a call must state; empty if the newest key is for one of the licence's already."""
    newest, uses = (
        keys_speaking_with(licence).filter(revoked_at=None).first(),
        licence.terms["uses"],
    )
    return "" if newest is not None and newest.use in uses else str(uses[0])


@sign_in_first
def certificate(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The licence as a PDF."""
    mine = _mine(request, public_id)
    return paper(request, lambda: certificates.pdf(mine), name=mine.number, save=True)


@never_cache
def verify(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The public check of a certificate: that it is genuine, and the licence's state."""
    licence = Licence.objects.select_related("voice__creator").filter(public_id=public_id).first()
    if licence is None:
        raise Http404
    return render(
        request,
        "storefront/verify.html",
        {"licence": licence, **certificates.public_terms(licence)},
    )


def _pay(request: HttpRequest, order: Order) -> HttpResponse:
    return HttpResponseRedirect(payments.begin_checkout(order=order))


@sign_in_first
@require_POST
def renew(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Order another term."""
    mine = _mine(request, public_id)
    try:
        return _pay(request, renewals.order_renewal(licence=mine, by=signed_in_user(request)))
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect("storefront:licence", public_id=public_id)


@sign_in_first
@require_POST
@authenticate_again
def take_back(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """End a licence of which nothing was spoken, and refund it."""
    mine = _mine(request, public_id)
    return attempt(
        request,
        lambda: withdrawals.take_back(licence=mine, by=signed_in_user(request)),
        back=reverse("storefront:licence", args=[public_id]),
        done=gettext("The licence has ended, and %(amount)s is on its way back to you.")
        % {"amount": mine.order.payment.amount},
    )


@sign_in_first
@require_POST
def upgrade(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Order a dearer tier, less the unused value of this one."""
    mine = _mine(request, public_id)
    offer = public_offer(mine.voice.slug, request.POST.get("tier", ""))
    if offer is None:
        raise Http404
    try:
        order = renewals.order_upgrade(licence=mine, offer=offer, by=signed_in_user(request))
        return _pay(request, order)
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect("storefront:licence", public_id=public_id)
