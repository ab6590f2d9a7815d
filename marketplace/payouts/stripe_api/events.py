"""Webhooks: verified here; their payload is trusted nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import stripe
from django.conf import settings

from marketplace.payouts.stripe_api.client import client, translate_errors
from marketplace.refusals import WebhookInvalid

TOLERANCE = 300  # seconds between a webhook's signature and its arrival
MAX_ID, MAX_KIND = 120, 80  # characters that a row holds


def read_webhook(payload: bytes, signature: str) -> tuple[str, str, str]:
    """(event id, kind, object id) of a webhook that is really Stripe's.

    The object id is "" where an event is about something without one, as `balance.available` is.

    Raises:
        WebhookInvalid: wrong signature, too old, or not an event.
    """
    if not any(
        _is_signed(payload, signature, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS
    ):
        raise WebhookInvalid("The webhook is not signed by the payment provider.")
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise WebhookInvalid("The webhook is no JSON.") from error
    found = _field(event, "id"), _field(event, "type"), _object_id(event)
    if not found[0] or not found[1] or len(found[0]) > MAX_ID or len(found[1]) > MAX_KIND:
        raise WebhookInvalid("The webhook is no event.")
    return found


def _is_signed(payload: bytes, signature: str, secret: str) -> bool:
    try:
        verify = stripe.WebhookSignature.verify_header
        return bool(verify(payload.decode(), signature, secret, TOLERANCE))
    except (ValueError, stripe.SignatureVerificationError):
        return False


def _field(body: Any, name: str) -> str:
    """A text of an object, "" if it is missing, of another kind, or no row can hold it."""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) and "\0" not in value and value.isprintable() else ""


def _object_id(event: Any) -> str:
    """The id of what an event is about: `data.object` in v1, `related_object` in thin events of v2."""
    if not isinstance(event, dict):
        return ""
    data = event.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    return (_field(about, "id") or _field(event.get("related_object"), "id"))[:MAX_ID]


def list_events(since: datetime) -> Iterator[tuple[str, str, str]]:
    """(event id, kind, object id) of everything that happened since a time; "" as above.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    with translate_errors():
        page = client().v1.events.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
        for event in page.auto_paging_iter():
            yield event.id, event.type, _object_id(event.to_dict())
