"""Privacy pages: the retention schedule, and a person's own copy and erasure."""

from __future__ import annotations

import uuid

from django.apps import apps
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import api_keys as keys
from marketplace.licensing.models import ApiKey
from marketplace.privacy import downloads, kept_copies, services
from marketplace.privacy.grounds import Why
from marketplace.privacy.models import PrivacyRequest
from marketplace.privacy.schedule import SCHEDULE
from marketplace.refusals import Refused, SpeechRefused
from marketplace.storefront.original import has_original
from marketplace.storefront.transparency import counted
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.keys import show_new_key
from marketplace.storefront.views.media import later
from marketplace.storefront.views.requests import short_number, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first

_SHOWN = 5
FIRST_YEAR = 2026


@never_cache
@require_GET
@has_original
def privacy(request: HttpRequest) -> HttpResponse:
    """The public retention schedule, and one's own requests."""
    own = (
        signed_in_user(request).privacy_requests.all()[:_SHOWN]
        if request.user.is_authenticated
        else []
    )
    return render(
        request,
        "storefront/privacy.html",
        {"schedule": SCHEDULE, "requests": own, "copy_days": kept_copies.DAYS},
    )


@sign_in_first
@require_POST
@authenticate_again
def ask_copy(request: HttpRequest) -> HttpResponse:
    """Ask for a copy of everything."""
    try:
        services.ask(user=signed_in_user(request), kind=PrivacyRequest.Kind.EXPORT)
        messages.success(
            request, gettext("We are preparing it. Come back to this page in a few minutes.")
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:privacy")


@sign_in_first
@require_POST
@authenticate_again
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """Ask for erasure, confirmed by the address; signs out."""
    user = signed_in_user(request)
    if request.POST.get("confirm", "").strip().lower() != user.email.lower():
        messages.error(request, gettext("Type your e-mail address exactly to confirm."))
        return redirect("storefront:privacy")
    try:
        privacy_request = services.ask(user=user, kind=PrivacyRequest.Kind.ERASURE)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("storefront:privacy")
    logout(request)
    return redirect("storefront:erasure", public_id=privacy_request.public_id)


@sign_in_first
@require_POST
@authenticate_again
def make_key(request: HttpRequest) -> HttpResponse:
    """Create a key that only copies and erases over the API; its secret is shown once."""
    user = signed_in_user(request)
    try:
        _, secret = keys.create_key(
            organization=personal_organization(user),
            name="Account",
            scopes=[ApiKey.Scope.ACCOUNT],
            by=user,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("storefront:privacy")
    return show_new_key(request, secret)


@sign_in_first
@never_cache
@require_GET
@authenticate_again
def copy(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """One's own copy as a ZIP."""
    user = signed_in_user(request)
    privacy_request = get_object_or_404(PrivacyRequest, user=user, public_id=public_id)
    try:
        return downloads.send_copy(request=privacy_request, by=user)
    except SpeechRefused as refusal:
        return later(refusal)
    except Refused as refusal:
        raise Http404(str(refusal)) from refusal


@never_cache
@require_GET
def erasure(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The report of an erasure, at an address that only the person was given."""
    privacy_request = get_object_or_404(
        PrivacyRequest, public_id=public_id, kind=PrivacyRequest.Kind.ERASURE
    )
    reasons = {why.code: gettext(why.text) for why in Why}
    retained: dict[str, list[str]] = {}
    for place, code in privacy_request.report.get("kept", {}).items():
        retained.setdefault(reasons[code], []).append(_name(place))
    erased = [
        (_name(place), count) for place, count in privacy_request.report.get("erased", {}).items()
    ]
    return render(
        request,
        "storefront/erasure.html",
        {"asked": privacy_request, "erased": erased, "kept": retained},
    )


def _name(place: str) -> str:
    return str(apps.get_model(place)._meta.verbose_name_plural).capitalize()


@require_GET
def transparency(request: HttpRequest) -> HttpResponse:
    """The moderation figures of a year."""
    now = timezone.now().year
    asked = short_number(request.GET.get("year", ""))
    year = asked if FIRST_YEAR <= asked <= now else now
    return render(
        request,
        "storefront/transparency.html",
        {"year": year, "years": range(now, FIRST_YEAR - 1, -1), "counted": counted(year)},
    )
