"""Payments with a saved method, while its owner is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import stripe
from django.conf import settings

from marketplace.billing.parties import Party
from marketplace.billing.tax import TaxPart
from marketplace.money import Money
from marketplace.payouts.stripe_api import billed
from marketplace.payouts.stripe_api.balance import Movement, settlement
from marketplace.payouts.stripe_api.client import client, metadata_value, translate_errors
from marketplace.refusals import ProviderRefused

NEEDS_BUYER = "authentication_required"  # the bank wants its customer to confirm
_EXPANDED = ["latest_charge.balance_transaction", "customer.tax_ids"]


@dataclass(frozen=True)
class OffSessionPayment:
    """A payment with a saved method: whether it was made, is on its way, or was refused.

    problem: the provider's code of a refusal, "" for none; amount: with its tax; charge: "" until paid.
    """

    id: str
    reference: str
    attempt: int
    paid: bool
    pending: bool
    problem: str
    charge: str
    amount: Money
    tax: Money
    fee: Money
    billed: Party | None = None
    taxes: tuple[TaxPart, ...] = ()
    settled: Movement | None = None

    @property
    def payment_intent(self) -> str:
        return self.id

    @property
    def price(self) -> Money:
        """The price of what was ordered, without tax."""
        return self.amount - self.tax


def charge_off_session(
    *, customer: str, method: str, price: Money, reference: str, attempt: int, name: str, key: str
) -> OffSessionPayment:
    """Charge a saved method a price and its tax; the same key charges once.

    Raises:
        PaymentProviderUnavailable: the outcome is unknown; try again with the same key.
        ProviderRefused: there is no such method any more.
    """
    params: Any = {
        "customer": customer,
        "payment_method": method,
        "amount": price.minor,
        "currency": price.currency.lower(),
        "confirm": True,
        "off_session": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "description": name,
        "transfer_group": reference,
        "metadata": {"reference": reference, "attempt": str(attempt)},
    }
    try:
        with translate_errors():
            if settings.STRIPE_TAX:
                tax = _calculation(customer, price, reference, f"{key}-tax")
                params["amount"] = tax.amount_total
                params["hooks"] = {"inputs": {"tax": {"calculation": tax.id}}}
            intent = client().v1.payment_intents.create(params, {"idempotency_key": key})
            intent_id = intent.id
    except ProviderRefused as refusal:
        told: Any = getattr(refusal.__cause__, "json_body", None) or {}
        made = told.get("error", {}).get("payment_intent")
        if not made:
            raise
        intent_id = made["id"]
    return fetch_off_session(intent_id)


def _calculation(customer: str, price: Money, reference: str, key: str) -> Any:
    params: Any = {
        "customer": customer,
        "currency": price.currency.lower(),
        "line_items": [
            {
                "amount": price.minor,
                "reference": reference,
                "tax_behavior": "exclusive",
                "tax_code": settings.STRIPE_TAX_CODE,
            }
        ],
    }
    return client().v1.tax.calculations.create(params, {"idempotency_key": key})


def find_off_session(
    *, customer: str, reference: str, attempt: int, since: datetime
) -> OffSessionPayment | None:
    """The payment of an attempt whose outcome we never heard; None: it was not made.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    with translate_errors():
        params: Any = {
            "customer": customer,
            "created": {"gte": int(since.timestamp())},
            "limit": 100,
        }
        for intent in client().v1.payment_intents.list(params).auto_paging_iter():
            made_for = metadata_value(intent, "reference"), metadata_value(intent, "attempt")
            if made_for == (reference, str(attempt)):
                return fetch_off_session(intent.id)
    return None


def fetch_off_session(intent_id: str) -> OffSessionPayment:
    """A payment as Stripe has it now, with its tax and the fee.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is none.
    """
    with translate_errors():
        intent = client().v1.payment_intents.retrieve(intent_id, {"expand": _EXPANDED})
        taxes = _taxes(intent)
    currency, charge = intent.currency.upper(), intent.latest_charge
    settled = settlement(charge) if isinstance(charge, stripe.Charge) else None
    paid, pending = intent.status == "succeeded", intent.status == "processing"
    error: Any = intent.last_payment_error
    problem = "" if paid or pending else str((error and error.code) or intent.status)
    if intent.status == "requires_action":
        problem = NEEDS_BUYER
    attempt = metadata_value(intent, "attempt")
    return OffSessionPayment(
        id=intent.id,
        reference=metadata_value(intent, "reference"),
        attempt=int(attempt) if attempt.isdecimal() else 0,
        paid=paid,
        pending=pending,
        problem=problem,
        charge=charge.id if paid and isinstance(charge, stripe.Charge) else "",
        amount=Money(intent.amount, currency),
        tax=Money(sum(part.amount_minor for part in taxes), currency),
        fee=settled.fee if settled else Money(0, currency),
        billed=_billed(intent),
        taxes=taxes,
        settled=settled,
    )


def _billed(intent: stripe.PaymentIntent) -> Party | None:
    """The buyer, as their saved details name them."""
    who: Any = intent.customer
    if not isinstance(who, stripe.Customer):
        return None
    numbers: Any = getattr(who, "tax_ids", None)
    return billed.party(
        name=getattr(who, "business_name", None) or who.name,
        email=who.email,
        address=who.address,
        tax_ids=numbers.data if numbers is not None else [],
    )


def _taxes(intent: stripe.PaymentIntent) -> tuple[TaxPart, ...]:
    """The taxes of the calculation that a payment was made with."""
    hooks: Any = getattr(intent, "hooks", None)
    inputs: Any = hooks and getattr(hooks, "inputs", None)
    tax: Any = inputs and getattr(inputs, "tax", None)
    if not tax:
        return ()
    calculation = client().v1.tax.calculations.retrieve(tax.calculation)
    parts = []
    for each in calculation.tax_breakdown:
        rate = each.tax_rate_details
        parts.append(
            TaxPart(
                amount_minor=each.amount,
                percent=Decimal(rate.percentage_decimal),
                reason=str(each.taxability_reason),
                country=rate.country or "",
            )
        )
    return tuple(parts)


def cancel_off_session(intent_id: str) -> None:
    """Give up a payment that was refused, so that nothing can complete it later; harmless to repeat.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    try:
        with translate_errors():
            client().v1.payment_intents.cancel(intent_id)
    except ProviderRefused:
        return  # it is cancelled, or was paid


def detach_method(method: str) -> None:
    """Have the provider forget a saved method; harmless to repeat.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    try:
        with translate_errors():
            client().v1.payment_methods.detach(method)
    except ProviderRefused:
        return  # it is forgotten already
