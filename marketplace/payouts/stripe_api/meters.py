"""Usage for Stripe's Billing Meters, if an operator wants it there too."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from marketplace.payouts.stripe_api.client import client, translate_errors


def send_meter_event(*, customer: str, characters: int, identifier: str) -> None:
    """Report characters to a meter; the same identifier counts once.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such meter or customer.
    """
    params: Any = {
        "event_name": settings.STRIPE_METER_EVENT,
        "payload": {"stripe_customer_id": customer, "value": str(characters)},
        "identifier": identifier,
    }
    with translate_errors():
        client().v1.billing.meter_events.create(params, {"idempotency_key": identifier})
