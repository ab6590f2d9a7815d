"""Webhooks of an organization: addresses, deliveries, replay."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.refusals import Refused
from marketplace.storefront import shown_once
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.requests import chosen_organization, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.webhooks import services
from marketplace.webhooks.models import Event, WebhookEndpoint, WebhookMessage


@sign_in_first
@never_cache
def webhooks(request: HttpRequest) -> HttpResponseBase:
    """The addresses, the log of deliveries, and a form for another address."""
    return _add(request) if request.method == "POST" else _page(request)


@authenticate_again
def _add(request: HttpRequest) -> HttpResponse:
    try:
        _, secret = services.create_endpoint(
            organization=chosen_organization(request),
            url=request.POST.get("url", "").strip(),
            events=request.POST.getlist("events"),
            by=signed_in_user(request),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, status=422)
    return _show(request, secret, chosen_organization(request))


def _show(request: HttpRequest, secret: str, organization: Organization) -> HttpResponse:
    """Lead to the page, which shows the secret only this once."""
    page = reverse("storefront:webhooks")
    shown_once.keep(request, secret, page=page)
    return redirect(f"{page}?organization={organization.public_id}")


def _page(request: HttpRequest, status: int = 200) -> HttpResponse:
    """The page; what was refused stays in its form."""
    organization = chosen_organization(request)
    sent = WebhookMessage.objects.filter(endpoint__organization=organization)
    return render(
        request,
        "storefront/webhooks.html",
        {
            "organization": organization,
            "organizations": organizations_of(signed_in_user(request)),
            "endpoints": organization.webhook_endpoints.all(),
            "sent": sent.select_related("endpoint").prefetch_related("attempts")[:50],
            "events": Event.choices,
            "url": request.POST.get("url", ""),
            "chosen": request.POST.getlist("events"),
            "secret": shown_once.take(request),
            "may_change": may(signed_in_user(request), organization, Right.KEYS),
        },
        status=status,
    )


def _endpoint(request: HttpRequest, public_id: uuid.UUID) -> WebhookEndpoint:
    return get_object_or_404(
        WebhookEndpoint.objects.select_related("organization"),
        public_id=public_id,
        organization__memberships__user=request.user,
    )


@sign_in_first
@require_POST
@authenticate_again
def change_webhook(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Rotate an address's secret, or switch it off."""
    endpoint = _endpoint(request, public_id)
    try:
        if "rotate" in request.POST:
            secret = services.rotate_secret(endpoint=endpoint, by=signed_in_user(request))
            return _show(request, secret, endpoint.organization)
        services.disable_endpoint(
            endpoint=endpoint, by=signed_in_user(request), why="Switched off."
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:webhooks")


@sign_in_first
@require_POST
def replay_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message again."""
    message = get_object_or_404(
        WebhookMessage.objects.select_related("endpoint__organization"),
        pk=pk,
        endpoint__organization__memberships__user=request.user,
    )
    try:
        services.replay(message=message, by=signed_in_user(request))
        messages.success(request, "The message is being sent again.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:webhooks")
