"""Every call to Stripe; nothing else imports `stripe`. Without a key, the sandbox answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import stripe
from django.conf import settings

from marketplace.money import Money


class PaymentProviderUnavailable(Exception):
    """Stripe did not answer, or not in a way that tells what happened; try again."""


class WebhookInvalid(Exception):
    """A webhook whose signature is not Stripe's, or too old."""


@dataclass(frozen=True)
class Checkout:
    """A checkout session: where the buyer pays, and whether they did."""

    id: str
    url: str | None
    paid: bool
    order_public_id: str
    payment_intent: str
    amount: Money
    fee: Money


@lru_cache(maxsize=1)
def _client() -> stripe.StripeClient:
    addresses = {}
    if settings.STRIPE_API_BASE:
        base = settings.STRIPE_API_BASE
        addresses = {"api": base, "connect": base, "files": base, "meter_events": base}
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY or "sk_test_sandbox",
        base_addresses=addresses,  # type: ignore[arg-type]
        max_network_retries=2,
    )


def create_checkout(
    *,
    order_public_id: str,
    name: str,
    price: Money,
    email: str,
    success_url: str,
    cancel_url: str,
) -> Checkout:
    """A page where a buyer pays; the same order gets the same page.

    Raises:
        PaymentProviderUnavailable: try again with the same order.
    """
    try:
        session = _client().v1.checkout.sessions.create(
            {
                "mode": "payment",
                "client_reference_id": order_public_id,
                "customer_email": email,
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": price.currency.lower(),
                            "unit_amount": price.minor,
                            "product_data": {"name": name},
                        },
                    }
                ],
                "payment_intent_data": {"transfer_group": order_public_id},
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
            {"idempotency_key": f"order-{order_public_id}"},
        )
    except stripe.StripeError as error:
        raise PaymentProviderUnavailable(str(error)) from error
    return _checkout(session)


def fetch_checkout(session_id: str) -> Checkout:
    """A session as Stripe has it now, with the fee of its payment.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    try:
        session = _client().v1.checkout.sessions.retrieve(
            session_id,
            {"expand": ["payment_intent.latest_charge.balance_transaction"]},
        )
    except stripe.StripeError as error:
        raise PaymentProviderUnavailable(str(error)) from error
    return _checkout(session)


def _checkout(session: stripe.checkout.Session) -> Checkout:
    currency = (session.currency or "usd").upper()
    fee, intent_id = Money(0, currency), ""
    intent = session.payment_intent
    if isinstance(intent, stripe.PaymentIntent):
        intent_id = intent.id
        charge = intent.latest_charge
        if isinstance(charge, stripe.Charge):
            transaction = charge.balance_transaction
            if isinstance(transaction, stripe.BalanceTransaction):
                fee = Money(transaction.fee, transaction.currency.upper())
    elif intent:
        intent_id = intent
    return Checkout(
        id=session.id,
        url=session.url,
        paid=session.payment_status == "paid",
        order_public_id=session.client_reference_id or "",
        payment_intent=intent_id,
        amount=Money(session.amount_total or 0, currency),
        fee=fee,
    )


def read_webhook(payload: bytes, signature: str) -> tuple[str, str, str]:
    """(event id, kind, object id) of a webhook that is really Stripe's.

    Raises:
        WebhookInvalid: wrong signature, too old, or not an event.
    """
    try:
        event = stripe.Webhook.construct_event(payload, signature, settings.STRIPE_WEBHOOK_SECRET)
        return event.id, event.type, event.data.object["id"]
    except (ValueError, KeyError, stripe.SignatureVerificationError) as error:
        raise WebhookInvalid("The webhook is not signed by the payment provider.") from error
