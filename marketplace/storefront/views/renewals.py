"""Licences that renew by themselves: switched on and off, paid where that is needed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.organizations import Right, require
from marketplace.licensing import renewal_rounds, standing_renewals
from marketplace.licensing.models import Licence, RenewalRound, StandingRenewal
from marketplace.licensing.queries import licences_visible_to
from marketplace.payouts.incoming import checkout, saved_methods
from marketplace.payouts.incoming import standing_renewals as charging
from marketplace.payouts.models import SavedMethod
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.requests import attempt, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first


@dataclass(frozen=True)
class RenewalState:
    """What a licence's page says of renewals that come by themselves.

    coming: the next one if it is announced; words: to agree to, "" where it can't be switched on; told: the
    same in the language of the page, "" where that is English.
    """

    standing: StandingRenewal | None
    coming: RenewalRound | None
    method: SavedMethod | None
    words: str
    told: str

    @property
    def is_on(self) -> bool:
        return self.standing is not None and self.standing.state == StandingRenewal.State.ON

    @property
    def waits(self) -> bool:
        return self.standing is not None and self.standing.state == StandingRenewal.State.WAITING

    @property
    def is_due(self) -> bool:
        return self.coming is not None and self.coming.state == RenewalRound.State.DUE


def state_of(licence: Licence) -> RenewalState:
    """Whether and how a licence renews by itself."""
    of_a_person = licence.organization.personal_of_id is not None
    can_begin = of_a_person and licence.state == Licence.State.ACTIVE
    return RenewalState(
        standing=standing_renewals.standing_of(licence),
        coming=renewal_rounds.open_round(licence),
        method=saved_methods.method_of(licence.organization),
        words=standing_renewals.words_for_licence(licence) if can_begin else "",
        told=standing_renewals.told_words_for_licence(licence) if can_begin else "",
    )


def _mine(request: HttpRequest, public_id: uuid.UUID) -> Licence:
    return get_object_or_404(licences_visible_to(signed_in_user(request)), public_id=public_id)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError as error:
        raise Refused(
            "until", gettext("Choose a day after the present term, or leave it empty.")
        ) from error


@sign_in_first
@require_POST
@authenticate_again
def switch_on(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Have a licence renew by itself; where no payment method is saved, go and save one."""
    mine, by = _mine(request, public_id), signed_in_user(request)
    try:
        standing = standing_renewals.ask(
            licence=mine,
            by=by,
            agreed="agreed" in request.POST,
            until=_day(request.POST.get("until", "")),
            has_method=saved_methods.method_of(mine.organization) is not None,
        )
        if standing.state == StandingRenewal.State.WAITING:
            return HttpResponseRedirect(charging.begin_setup(standing=standing, by=by))
        messages.success(request, gettext("This licence now renews automatically."))
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect("storefront:licence", public_id=public_id)


@sign_in_first
@require_POST
def switch_off(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Let a licence end with its term."""
    mine = _mine(request, public_id)
    return attempt(
        request,
        lambda: standing_renewals.switch_off(licence=mine, by=signed_in_user(request)),
        back=reverse("storefront:licence", args=[public_id]),
        done=gettext("This licence does not renew automatically. Nothing more will be charged."),
    )


@sign_in_first
@require_POST
@authenticate_again
def change_card(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Save another payment method in place of the one that is charged."""
    mine, by = _mine(request, public_id), signed_in_user(request)
    standing = standing_renewals.standing_of(mine)
    try:
        require(by, mine.organization, Right.BUY)
        if standing is None or standing.state == StandingRenewal.State.OFF:
            raise Refused("switched_off", gettext("This licence does not renew automatically."))
        return HttpResponseRedirect(charging.begin_setup(standing=standing, by=by))
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect("storefront:licence", public_id=public_id)


@sign_in_first
@require_POST
def pay(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Go to pay or confirm a renewal that could not be charged by itself."""
    mine, by = _mine(request, public_id), signed_in_user(request)
    try:
        return HttpResponseRedirect(charging.begin_due_checkout(licence=mine, by=by))
    except (Refused, ProviderRefused, PaymentProviderUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect("storefront:licence", public_id=public_id)


@sign_in_first
@require_GET
def saved(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Back from the payment provider: take note of what was saved or paid there."""
    mine = _mine(request, public_id)
    try:
        coming = renewal_rounds.open_round(mine)
        if coming is not None and coming.order is not None:
            checkout.confirm_payment(order=coming.order)
        known = SavedMethod.objects.filter(organization=mine.organization).first()
        if known is not None and known.setup_session:
            saved_methods.confirm_setup(saved=known)
    except PaymentProviderUnavailable:
        messages.warning(
            request, gettext("The payment provider is not responding; look again in a minute.")
        )
    return redirect("storefront:licence", public_id=public_id)
