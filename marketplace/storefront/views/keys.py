"""API keys on pages: created, replaced, limited to pages of the web, revoked."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.lexicons.queries import uuid_of
from marketplace.licensing import api_keys, key_origins, key_secrets, key_uses
from marketplace.licensing.models import ApiKey, Licence
from marketplace.licensing.queries import keys_visible_to, licences_visible_to
from marketplace.refusals import Refused
from marketplace.storefront import shown_once
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.requests import (
    chosen_organization,
    signed_in_user,
    whole_number,
)
from marketplace.storefront.views.sign_in_first import sign_in_first

MAX_MONTHLY_CHARACTERS = 2_000_000_000


@sign_in_first
@require_POST
@authenticate_again
def create_key(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Create a key; the page of the licence shows its secret, only this once."""
    user = signed_in_user(request)
    mine = get_object_or_404(licences_visible_to(user), public_id=public_id)
    page = _page_after(request, mine)
    try:
        _, secret = api_keys.create_key(
            organization=mine.organization,
            licences=[] if request.POST.get("works_with") == "all" else [mine],
            name=request.POST.get("name", ""),
            use=request.POST.get("use", ""),
            networks=request.POST.get("networks", "").replace(",", " ").split(),
            monthly_characters=whole_number(
                request.POST.get("monthly_characters", ""), at_most=MAX_MONTHLY_CHARACTERS
            ),
            by=user,
        )
        shown_once.keep(request, secret, page=page)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(page)


def _page_after(request: HttpRequest, licence: Licence) -> str:
    """The page on which the form was: the licence's own, or the one that thanked for its purchase."""
    order = licence.order
    if "thanked" in request.POST and order.buyer_id == request.user.pk:
        return reverse("storefront:thank-you", args=[order.public_id])
    return reverse("storefront:licence", args=[licence.public_id])


@sign_in_first
@require_POST
@authenticate_again
def create_plan_key(request: HttpRequest) -> HttpResponse:
    """Create a key to everything the organization has; its secret is shown once."""
    try:
        _, secret = api_keys.create_key(
            organization=chosen_organization(request),
            name=request.POST.get("name", ""),
            use=request.POST.get("use", ""),
            by=signed_in_user(request),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("storefront:plans")
    return show_new_key(request, secret)


def show_new_key(request: HttpRequest, secret: str) -> HttpResponseRedirect:
    """Lead to the page that shows a new key's secret and nothing else."""
    page = reverse("storefront:new-key")
    shown_once.keep(request, secret, page=page)
    return redirect(page)


@sign_in_first
@never_cache
@require_GET
def new_key(request: HttpRequest) -> HttpResponse:
    """The secret of a key that was just made; gone when the page is asked for again."""
    secret = shown_once.take(request)
    context = {"secret": secret}
    return render(request, "storefront/new_key.html", context, status=200 if secret else 410)


def _key(request: HttpRequest, public_id: uuid.UUID) -> ApiKey:
    return get_object_or_404(keys_visible_to(signed_in_user(request)), public_id=public_id)


def _from_account(request: HttpRequest) -> bool:
    """Whether a key's form is on the page of all keys."""
    return "account" in request.POST or "account" in request.GET


def _among_keys(key: ApiKey) -> str:
    return f"{reverse('storefront:account-keys')}?organization={key.organization.public_id}"


def _page_of(request: HttpRequest, key: ApiKey) -> Licence | None:
    """The licence on whose page a key's form is; else one that the key is limited to."""
    named = uuid_of(request.POST.get("licence") or request.GET.get("licence", ""))
    shown = licences_visible_to(signed_in_user(request)).filter(public_id=named).first()
    return shown or key.licences.first()


def _back(request: HttpRequest, key: ApiKey) -> str:
    if _from_account(request):
        return _among_keys(key)
    page = _page_of(request, key)
    if page is None:
        return reverse("storefront:licences")
    return reverse("storefront:licence", args=[page.public_id])


@sign_in_first
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask whether a key is to be revoked, and revoke it."""
    key = _key(request, public_id)
    if request.method != "POST" and key.revoked_at is None:
        context = {
            "key": key,
            "licence": None if _from_account(request) else _page_of(request, key),
            "from_account": _from_account(request),
            "back": _back(request, key),
        }
        return render(request, "storefront/revoke_key.html", context)
    if request.method == "POST":
        api_keys.revoke_key(key=key, by=signed_in_user(request))
    messages.success(
        request, gettext("%(name)s is revoked. It stops at its next request.") % {"name": key.name}
    )
    return redirect(_back(request, key))


@sign_in_first
@require_POST
def set_key_use(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say what a key speaks for where a request doesn't."""
    key = _key(request, public_id)
    try:
        key_uses.set_use(key=key, use=request.POST.get("use", ""), by=signed_in_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, gettext("What %(name)s speaks for is saved.") % {"name": key.name}
        )
    return redirect(_thanks_again(request, key) or _back(request, key))


def _thanks_again(request: HttpRequest, key: ApiKey) -> str:
    """The page that thanked for a purchase, if the form was there; it goes on showing the key that it showed."""
    licence = _page_of(request, key)
    if "thanked" not in request.POST or licence is None:
        return ""
    page, secret = _page_after(request, licence), request.POST.get("secret", "")
    if key_secrets.matches(secret, key.secret_hash):
        shown_once.keep(request, secret, page=page)
    return page


@sign_in_first
@require_POST
def set_key_origins(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say which pages may use a key."""
    key = _key(request, public_id)
    try:
        key_origins.set_origins(
            key=key,
            origins=request.POST.get("origins", "").replace(",", " ").split(),
            by=signed_in_user(request),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, gettext("The pages that may use %(name)s are saved.") % {"name": key.name}
        )
    return redirect(_back(request, key))


@sign_in_first
@require_POST
@authenticate_again
def rotate_key(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Replace a key; the new secret is shown once."""
    key = _key(request, public_id)
    try:
        new, secret = api_keys.rotate_key(
            key=key, by=signed_in_user(request), overlap=request.POST.get("overlap", "day")
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_back(request, key))
    page = _page_of(request, new)
    if page is None or _from_account(request):
        return show_new_key(request, secret)
    address = reverse("storefront:licence", args=[page.public_id])
    shown_once.keep(request, secret, page=address)
    return redirect(address)
