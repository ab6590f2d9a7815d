"""The addresses to which Stripe sends our events, each with a secret of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import stripe

from marketplace.payouts.stripe_api.client import client, metadata_value, translate_errors

# What Stripe has to tell us: about our own account, about connected accounts, and thin events of v2
ACCOUNT_EVENTS = (
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.refund.updated",
    "charge.refunded",
    "charge.updated",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.updated",
    "customer.updated",
    "invoice.paid",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "refund.failed",
    "refund.updated",
)
CONNECT_EVENTS = ("account.updated",)
THIN_EVENTS = ("v2.core.account[configuration.recipient].capability_status_updated",)
ROLE = "timbre_endpoint"  # the name in an endpoint's metadata that says which of the three it is
URL = "webhook_endpoint.url"


@dataclass(frozen=True)
class Endpoint:
    """An endpoint at Stripe after it was set up.

    role: "account", "connect" or "thin"; outcome: "created", "updated" or "unchanged"; secret: what
    its webhooks are signed with, which Stripe tells only when it is created, else "".
    """

    role: str
    id: str
    outcome: str
    secret: str = ""


def set_up_endpoints(url: str) -> list[Endpoint]:
    """Have Stripe send every event that we act on to an address; a repeat changes nothing.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: the address or the key doesn't allow it.
    """
    with translate_errors():
        return [
            _snapshots("account", url, ACCOUNT_EVENTS),
            _snapshots("connect", url, CONNECT_EVENTS),
            _thin(url, THIN_EVENTS),
        ]


def _snapshots(role: str, url: str, events: tuple[str, ...]) -> Endpoint:
    """An endpoint of v1, whose events show their objects."""
    service = client().v1.webhook_endpoints
    for found in service.list({"limit": 100}).auto_paging_iter():
        if metadata_value(found, ROLE) == role and found.url == url:
            if set(found.enabled_events) == set(events) and found.status == "enabled":
                return Endpoint(role, found.id, "unchanged")
            changes: Any = {"enabled_events": list(events), "disabled": False}
            service.update(found.id, changes)
            return Endpoint(role, found.id, "updated")
    params: Any = {
        "url": url,
        "enabled_events": list(events),
        "connect": role == "connect",
        "api_version": stripe.api_version,
        "description": f"Timbre: {role}",
        "metadata": {ROLE: role},
    }
    made = service.create(params)
    return Endpoint(role, made.id, "created", made.secret or "")


def _thin(url: str, events: tuple[str, ...]) -> Endpoint:
    """An event destination of v2, whose events only name their objects."""
    service, role = client().v2.core.event_destinations, "thin"
    for found in service.list({"include": [URL], "limit": 100}).auto_paging_iter():
        target = found.webhook_endpoint
        if metadata_value(found, ROLE) == role and target is not None and target.url == url:
            if set(found.enabled_events) != set(events):
                service.update(found.id, {"enabled_events": list(events)})
            elif found.status == "enabled":
                return Endpoint(role, found.id, "unchanged")
            if found.status != "enabled":
                service.enable(found.id)
            return Endpoint(role, found.id, "updated")
    params: Any = {
        "name": "Timbre: thin events",
        "type": "webhook_endpoint",
        "event_payload": "thin",
        "enabled_events": list(events),
        "events_from": ["@accounts"],
        "webhook_endpoint": {"url": url},
        "metadata": {ROLE: role},
        "include": [URL, "webhook_endpoint.signing_secret"],
    }
    made = service.create(params)
    signing = made.webhook_endpoint and made.webhook_endpoint.signing_secret
    return Endpoint(role, made.id, "created", signing or "")
