"""Webhooks: verified here; their payload is trusted nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import stripe
from django.conf import settings

from marketplace.payouts.stripe_api.client import client, translate_errors
from marketplace.refusals import WebhookInvalid


def read_webhook(payload: bytes, signature: str) -> tuple[str, str, str]:
    """(event id, kind, object id) of a webhook that is really Stripe's.

    Raises:
        WebhookInvalid: wrong signature, too old, or not an event.
    """
    try:
        event = stripe.Webhook.construct_event(payload, signature, settings.STRIPE_WEBHOOK_SECRET)
        return event.id, event.type, event.data.object["id"]
    except (ValueError, KeyError, AttributeError, stripe.SignatureVerificationError) as error:
        raise WebhookInvalid("The webhook is not signed by the payment provider.") from error


def list_events(since: datetime) -> Iterator[tuple[str, str, str]]:
    """(event id, kind, object id) of everything that happened since a time.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    with translate_errors():
        page = client().v1.events.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
        for event in page.auto_paging_iter():
            yield event.id, event.type, event.data.object["id"]
