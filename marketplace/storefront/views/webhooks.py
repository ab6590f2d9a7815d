"""Webhooks of an organization: addresses, deliveries, replay."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.refusals import Refused
from marketplace.storefront import shown_once
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.refused_pages import status_of, with_wait
from marketplace.storefront.views.requests import chosen_organization, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.webhooks import probing, services
from marketplace.webhooks.models import Event, WebhookEndpoint, WebhookMessage

SHOWN = 50  # messages in the log


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
        return with_wait(_page(request, status=status_of(refusal)))
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
    asked = request.GET.get("state", "")
    state = asked if asked in WebhookMessage.State.values else ""
    return render(
        request,
        "storefront/webhooks.html",
        {
            "organization": organization,
            "organizations": organizations_of(signed_in_user(request)),
            "endpoints": organization.webhook_endpoints.all(),
            "sent": _shown(sent, state),
            "states": [("", gettext("All")), *WebhookMessage.State.choices],
            "state": state,
            "shows_at_most": SHOWN,
            "events": Event.choices,
            "url": request.POST.get("url", ""),
            "chosen": request.POST.getlist("events"),
            "secret": shown_once.take(request),
            "may_change": may(signed_in_user(request), organization, Right.KEYS),
        },
        status=status,
    )


def _shown(sent: QuerySet[WebhookMessage], state: str) -> list[dict[str, Any]]:
    """The newest messages with the outcome of the last attempt of each."""
    rows = sent.filter(state=state) if state else sent
    found = []
    for message in rows.select_related("endpoint").prefetch_related("attempts")[:SHOWN]:
        attempts = list(message.attempts.all())  # newest first
        due = message.endpoint.disabled_at is None and message.state == message.State.WAITING
        found.append(
            {
                "message": message,
                "attempts": attempts,
                "last": attempts[0] if attempts else None,
                "next": message.next_try_at if due else None,
                "body": json.dumps(message.payload, indent=2, ensure_ascii=False),
            }
        )
    return found


def _log_of(organization: Organization) -> HttpResponseRedirect:
    page = reverse("storefront:webhooks")
    return redirect(f"{page}?organization={organization.public_id}#deliveries")


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
            endpoint=endpoint, by=signed_in_user(request), why=gettext_noop("Switched off.")
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _log_of(endpoint.organization)


@sign_in_first
@require_POST
def test_webhook(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Send an address a test event."""
    endpoint = _endpoint(request, public_id)
    try:
        probing.send_test(endpoint=endpoint, by=signed_in_user(request))
        messages.success(
            request, gettext("A test event is on its way; below is what became of it.")
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _log_of(endpoint.organization)


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
        messages.success(request, gettext("The message is being sent again."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _log_of(message.endpoint.organization)
