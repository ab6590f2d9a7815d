"""Checkout: where buyers pay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe
from django.conf import settings

from marketplace.billing.parties import Party
from marketplace.billing.tax import TaxPart
from marketplace.money import Money
from marketplace.payouts.stripe_api import billed
from marketplace.payouts.stripe_api.balance import Movement, settlement
from marketplace.payouts.stripe_api.client import client, translate_errors
from marketplace.refusals import ProviderRefused


@dataclass(frozen=True)
class Checkout:
    """A checkout session: where the buyer pays, and what they paid.

    pending: its bank is still sending the money, or may. amount: with tax, of which `tax`; fee: what the
    provider keeps; charge: "" until paid; settled: how the charge reached the balance, None until it
    is known; billed: what the buyer typed, and taxes: the parts of `tax`; customer, method and card:
    what was saved for later payments, "" if nothing.
    """

    id: str
    url: str | None
    paid: bool
    expired: bool
    reference: str
    payment_intent: str
    charge: str
    amount: Money
    tax: Money
    fee: Money
    billed: Party | None = None
    taxes: tuple[TaxPart, ...] = ()
    settled: Movement | None = None
    customer: str = ""
    method: str = ""
    card: str = ""
    pending: bool = False

    @property
    def price(self) -> Money:
        """The price of what was ordered, without tax."""
        return self.amount - self.tax


def create_checkout(
    *,
    reference: str,
    name: str,
    price: Money,
    email: str,
    success_url: str,
    cancel_url: str,
    key: str,
    expires_at: datetime | None = None,
    for_whom: str = "",
    saves: str = "",
    customer: str = "",
    asks_tax_number: bool = True,
) -> Checkout:
    """Create a page where a buyer pays once; the same key returns the same page.

    for_whom: what the page says of a team that it is for; empty for the buyer themselves.
    saves: what the buyer agreed to, where the payment method is saved for later; else empty.
    customer: the one that it is saved for, "" for a new one. expires_at: when it closes, half an
    hour to a day from now; None: in a day. asks_tax_number: whether it asks for one, for which no tax
    may be charged.

    Raises:
        PaymentProviderUnavailable: try again with the same key.
        ProviderRefused: the parameters are invalid.
    """
    params: Any = {
        "mode": "payment",
        "client_reference_id": reference,
        **_who_pays(customer, email),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": price.currency.lower(),
                    "unit_amount": price.minor,
                    "product_data": {"name": name, "tax_code": settings.STRIPE_TAX_CODE},
                },
            }
        ],
        "payment_intent_data": {"transfer_group": reference, "metadata": {"reference": reference}},
        "success_url": success_url,
        "cancel_url": cancel_url,
        "tax_id_collection": {"enabled": asks_tax_number},
    }
    if words := " ".join(filter(None, (for_whom, saves))):
        params["custom_text"] = {"submit": {"message": words}}
    if saves:
        params["payment_intent_data"]["setup_future_usage"] = "off_session"
        if not customer:
            params["customer_creation"] = "always"
    if expires_at is not None:
        params["expires_at"] = int(expires_at.timestamp())
    if settings.STRIPE_TAX:
        params["automatic_tax"] = {"enabled": True}
        params["line_items"][0]["price_data"]["tax_behavior"] = "exclusive"
    with translate_errors():
        session = client().v1.checkout.sessions.create(params, {"idempotency_key": key})
    return _checkout(session)


def _who_pays(customer: str, email: str) -> dict[str, Any]:
    """A known customer, whose address and name are updated by what they type, or an e-mail address."""
    if not customer:
        return {"customer_email": email}
    return {"customer": customer, "customer_update": {"address": "auto", "name": "auto"}}


def create_setup(
    *, reference: str, email: str, customer: str, saves: str, success_url: str, cancel_url: str, key: str
) -> Checkout:  # fmt: skip
    """Create a page where a buyer saves a payment method and pays nothing; the same key, the same page.

    customer: the one that it is saved for, "" for a new one; saves: what the buyer agreed to.

    Raises:
        PaymentProviderUnavailable: try again with the same key.
        ProviderRefused: the parameters are invalid.
    """
    with translate_errors():
        if not customer:
            made = client().v1.customers.create(
                {"email": email, "metadata": {"reference": reference}},
                {"idempotency_key": f"{key}-customer"},
            )
            customer = made.id
        params: Any = {
            "mode": "setup",
            "currency": settings.CURRENCY.lower(),
            "client_reference_id": reference,
            **_who_pays(customer, email),
            "billing_address_collection": "required" if settings.STRIPE_TAX else "auto",
            "custom_text": {"submit": {"message": saves}},
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        if settings.STRIPE_TAX:
            params["tax_id_collection"] = {"enabled": True}
        session = client().v1.checkout.sessions.create(params, {"idempotency_key": key})
    return _checkout(session)


def expire_checkout(session_id: str) -> bool:
    """Close a page that nobody paid on; False if it was already closed or used.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    try:
        with translate_errors():
            client().v1.checkout.sessions.expire(session_id)
    except ProviderRefused:
        return False
    return True


def fetch_checkout(session_id: str) -> Checkout:
    """A session as Stripe has it now, with the fee of its payment.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such session.
    """
    with translate_errors():
        session = client().v1.checkout.sessions.retrieve(
            session_id,
            {
                "expand": [
                    "payment_intent.latest_charge.balance_transaction",
                    "payment_intent.payment_method",
                    "setup_intent.payment_method",
                    "total_details.breakdown",
                ]
            },
        )
    return _checkout(session)


def _checkout(session: stripe.checkout.Session) -> Checkout:
    currency = (session.currency or settings.CURRENCY).upper()
    settled, intent_id, charge_id = None, "", ""
    intent = session.payment_intent
    if isinstance(intent, stripe.PaymentIntent):
        intent_id = intent.id
        charge = intent.latest_charge
        if isinstance(charge, stripe.Charge):
            charge_id, settled = charge.id, settlement(charge)
    elif intent:
        intent_id = intent
    details = session.total_details
    customer, method, card = saved_in(session)
    return Checkout(
        id=session.id,
        url=session.url,
        paid=session.payment_status == "paid",
        expired=session.status == "expired",
        reference=session.client_reference_id or "",
        payment_intent=intent_id,
        charge=charge_id,
        amount=Money(session.amount_total or 0, currency),
        tax=Money((details.amount_tax or 0) if details else 0, currency),
        fee=settled.fee if settled else Money(0, currency),
        settled=settled,
        billed=billed.of_session(session),
        taxes=billed.taxes_of_session(session),
        customer=customer,
        method=method,
        card=card,
        pending=_is_pending(session),
    )


def _is_pending(session: stripe.checkout.Session) -> bool:
    """Whether a session was used and its money is under way: a bank may take days."""
    if session.status != "complete" or session.payment_status != "unpaid":
        return False
    intent = session.payment_intent
    over = ("requires_payment_method", "canceled")  # what a failed payment is put back to
    return isinstance(intent, stripe.PaymentIntent) and intent.status not in over


def saved_in(session: stripe.checkout.Session) -> tuple[str, str, str]:
    """(customer, payment method, its name) that a session saved for later; empty if it saved none."""
    made: Any = session.setup_intent or session.payment_intent
    if isinstance(made, stripe.PaymentIntent) and made.setup_future_usage != "off_session":
        return "", "", ""
    if not isinstance(made, stripe.PaymentIntent | stripe.SetupIntent):
        return "", "", ""
    customer: Any = made.customer
    method: Any = made.payment_method
    if not isinstance(method, stripe.PaymentMethod) or made.status != "succeeded":
        return "", "", ""
    found = customer if isinstance(customer, str) else getattr(customer, "id", "")
    return found or "", method.id, _name_of(method)


def _name_of(method: stripe.PaymentMethod) -> str:
    card: Any = method.card
    if method.type == "card" and card is not None:
        return f"{card.brand.capitalize()} ending in {card.last4}"
    return method.type.replace("_", " ").capitalize()
