"""The account: its overview, the profile, sessions, language and time, e-mails, keys."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.accounts import profiles, sessions, time_zones
from marketplace.accounts.models import BrowserSession
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.accounts.session_store import row_key
from marketplace.letters import preferences
from marketplace.letters.kinds import NECESSARY, OPTIONAL
from marketplace.licensing.queries import keys_visible_to
from marketplace.refusals import Refused
from marketplace.storefront import account_changes, chosen_currency, chosen_language
from marketplace.storefront.account_overview import overview
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.requests import (
    chosen_organization,
    signed_in_user,
    team_of,
    use_choices,
)
from marketplace.storefront.views.sign_in_first import sign_in_first

METHODS = ["GET", "HEAD", "POST"]


@sign_in_first
@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """The state of everything that belongs to an account, with the page of each."""
    return render(request, "storefront/account.html", {"groups": overview(signed_in_user(request))})


@sign_in_first
@never_cache
@require_http_methods(METHODS)
def profile(request: HttpRequest) -> HttpResponse:
    """The name that teams see."""
    user, status = signed_in_user(request), 200
    given = request.POST.get("given", user.first_name)
    family = request.POST.get("family", user.last_name)
    if request.method == "POST":
        try:
            profiles.rename(user=user, given=given, family=family)
        except Refused as refusal:
            messages.error(request, str(refusal))
            status = 422
        else:
            messages.success(request, gettext("Your name is saved."))
            return redirect("storefront:account-profile")
    context = {"given": given, "family": family, "longest": profiles.MAX_NAME}
    return render(request, "storefront/profile.html", context, status=status)


@sign_in_first
@never_cache
@require_GET
def browser_sessions(request: HttpRequest) -> HttpResponse:
    """Where a user is signed in."""
    found = sessions.sessions_of(signed_in_user(request))
    here = row_key(request.session.session_key or "")
    return render(
        request,
        "storefront/sessions.html",
        {
            "here": next((each for each in found if each.session_id == here), None),
            "others": [each for each in found if each.session_id != here],
        },
    )


@sign_in_first
@require_POST
@authenticate_again
def end_session(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Sign one browser out."""
    try:
        browser = account_changes.end_session(user=signed_in_user(request), public_id=public_id)
    except BrowserSession.DoesNotExist as over:
        raise Http404("It is over already, or somebody else's.") from over
    messages.success(request, gettext("%(browser)s is signed out.") % {"browser": gettext(browser)})
    return redirect("storefront:sessions")


@sign_in_first
@require_POST
@authenticate_again
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign a user out everywhere but here, and end the keys of their account."""
    user = signed_in_user(request)
    ended = account_changes.end_other_sessions(user=user, session_key=request.session.session_key)
    update_session_auth_hash(request, user)
    count = ended.browsers
    said = (
        ngettext("Signed out of %(n)s other browser.", "Signed out of %(n)s other browsers.", count)
        % {"n": count}
        if count
        else gettext("You are signed in nowhere else.")
    )
    messages.success(request, said)
    if ended.keys:
        messages.info(request, account_changes.told_of_keys(ended.keys))
    return redirect("storefront:sessions")


@sign_in_first
@never_cache
@require_http_methods(METHODS)
def region(request: HttpRequest) -> HttpResponse:
    """The language, the time zone and the currency of pages for a user."""
    user, status = signed_in_user(request), 200
    chosen = request.POST.get("time_zone", user.time_zone)
    if request.method == "POST":
        try:
            time_zones.choose_zone(user=user, name=chosen)
        except Refused as refusal:
            messages.error(request, str(refusal))
            status = 422
        else:
            response = redirect("storefront:region")
            language = request.POST.get("language", "")
            with translation.override(chosen_language.choose(request, response, language)):
                said = gettext("Times are shown in %(zone)s.")
                messages.success(request, said % {"zone": time_zones.told_in(user)})
            chosen_currency.choose(request, response, request.POST.get("currency", ""))
            return response
    context = {"areas": time_zones.by_area(), "chosen": chosen, "now": timezone.now()}
    return render(request, "storefront/region.html", context, status=status)


@sign_in_first
@never_cache
@require_http_methods(METHODS)
def letters(request: HttpRequest) -> HttpResponse:
    """Which e-mails a user gets."""
    user = signed_in_user(request)
    if request.method == "POST":
        account_changes.choose_letters(user=user, wanted=request.POST.getlist("wanted"))
        messages.success(request, gettext("Your choice of e-mails is saved."))
        return redirect("storefront:account-letters")
    off = preferences.unwanted_by(user.pk)
    return render(
        request,
        "storefront/account_letters.html",
        {
            "optional": [(each, each.kind not in off) for each in OPTIONAL],
            "necessary": NECESSARY,
        },
    )


@sign_in_first
@never_cache
@require_GET
def keys(request: HttpRequest) -> HttpResponseBase:
    """The keys of an organization, and a form for one that works with everything it has."""
    user, organization = signed_in_user(request), chosen_organization(request)
    found = keys_visible_to(user).filter(organization=organization).order_by("-id")
    return render(
        request,
        "storefront/account_keys.html",
        {
            "organization": organization,
            "organizations": organizations_of(user),
            "team": team_of(organization),
            "keys": found.filter(revoked_at=None).prefetch_related("licences"),
            "revoked": found.exclude(revoked_at=None)[:20],
            "may_make_keys": may(user, organization, Right.KEYS),
            **use_choices(),
        },
    )
