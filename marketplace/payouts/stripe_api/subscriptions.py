"""Plans at Stripe: one price per plan, Checkout in subscription mode, the customer portal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import stripe
from django.conf import settings

from marketplace.billing.parties import Party
from marketplace.billing.tax import TaxPart
from marketplace.money import Money
from marketplace.payouts.stripe_api import billed
from marketplace.payouts.stripe_api.balance import Movement, settlement
from marketplace.payouts.stripe_api.client import client, metadata_value, translate_errors

PORTAL = "plans-1"  # another name makes a new configuration, as after a change of what it allows


@dataclass(frozen=True)
class ProviderSubscription:
    """A subscription as Stripe has it; organization and buyer: our metadata.

    plan: of the price that is billed now, which a subscriber may switch at Stripe's portal; yearly:
    whether it is for a year; ended_at: Unix seconds, 0 while it has not ended.
    """

    id: str
    status: str
    customer: str
    cancels: bool
    plan: str
    organization: str
    buyer: str
    yearly: bool = False
    ended_at: int = 0


@dataclass(frozen=True)
class ProviderInvoice:
    """A paid invoice: why it was written, the amount charged, and the service period it pays for.

    reason: Stripe's billing reason; period: Unix seconds, None if it pays for no whole one; plan:
    of the price on its line, "" if there is none; yearly: whether that is for a year; unit_minor: that
    price; credited: what its prorations give back, and prorated_at: from when, Unix seconds; from_credit:
    what the customer's credit paid, negative where it grew; tax: on both; paid_at: Unix seconds;
    settled: how its charge reached the balance; billed: the buyer, and taxes: the parts of `tax`.
    """

    id: str
    subscription: str
    reason: str
    payment_intent: str
    charge: str
    amount: Money
    tax: Money
    fee: Money
    period: tuple[int, int] | None
    plan: str = ""
    yearly: bool = False
    unit_minor: int = 0
    credited: int = 0
    prorated_at: int = 0
    from_credit: int = 0
    paid_at: int = 0
    billed: Party | None = None
    taxes: tuple[TaxPart, ...] = ()
    settled: Movement | None = None


def ensure_price(*, plan: str, name: str, price: Money, yearly: bool = False) -> str:
    """The id of a plan's price for a month, or for a year; created on first use.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    taxed = "_plus_tax" if settings.STRIPE_TAX else ""
    interval = "year_" if yearly else ""
    key = f"plan_{plan}_{interval}{price.currency.lower()}_{price.minor}{taxed}"
    with translate_errors():
        prices = client().v1.prices.list({"lookup_keys": [key], "limit": 1}).data
        if prices:
            return prices[0].id
        params: Any = {
            "currency": price.currency.lower(),
            "unit_amount": price.minor,
            "recurring": {"interval": "year" if yearly else "month"},
            "lookup_key": key,
            "product_data": {"name": name},
        }
        if settings.STRIPE_TAX:  # else the platform would pay the tax out of its price
            params["tax_behavior"] = "exclusive"
        return client().v1.prices.create(params, {"idempotency_key": f"price-{key}"}).id


def _plan_of_price(price: Any) -> str:
    """The plan in the lookup key that `ensure_price` made; "" for any other price."""
    found = re.match(r"plan_([a-z]+)_", str(getattr(price, "lookup_key", None) or ""))
    return found[1] if found else ""


def _is_yearly(price: Any) -> bool:
    """Whether a price that `ensure_price` made is for a year."""
    key = str(getattr(price, "lookup_key", None) or "")
    return re.match(r"plan_[a-z]+_year_", key) is not None


def create_subscription_checkout(
    *, price: str, plan: str, organization: str, buyer: str, email: str, success_url: str,
    cancel_url: str, key: str, for_whom: str = "", asks_tax_number: bool = True,
) -> str:  # fmt: skip
    """Create a page where a buyer subscribes; the same key returns the same page.

    Raises:
        PaymentProviderUnavailable: try again with the same key.
    """
    metadata = {"plan": plan, "organization": organization, "buyer": buyer}
    params: Any = {
        "mode": "subscription",
        "client_reference_id": organization,
        "customer_email": email,
        "line_items": [{"price": price, "quantity": 1}],
        "subscription_data": {"metadata": metadata},
        "success_url": success_url,
        "cancel_url": cancel_url,
        "tax_id_collection": {"enabled": asks_tax_number},
    }
    if for_whom:
        params["custom_text"] = {"submit": {"message": for_whom}}
    if settings.STRIPE_TAX:
        params["automatic_tax"] = {"enabled": True}
    with translate_errors():
        session = client().v1.checkout.sessions.create(params, {"idempotency_key": key})
    return str(session.url)


def fetch_subscription(subscription_id: str) -> ProviderSubscription:
    """A subscription as Stripe has it now.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is none.
    """
    with translate_errors():
        subscription = client().v1.subscriptions.retrieve(subscription_id)
    return ProviderSubscription(
        id=subscription.id,
        status=subscription.status,
        customer=subscription.customer
        if isinstance(subscription.customer, str)
        else subscription.customer.id,
        cancels=subscription.cancel_at_period_end,
        plan=_plan_of_subscription(subscription) or metadata_value(subscription, "plan"),
        organization=metadata_value(subscription, "organization"),
        buyer=metadata_value(subscription, "buyer"),
        yearly=any(_is_yearly(item.price) for item in _items(subscription)),
        ended_at=subscription.ended_at or 0,
    )


def _items(subscription: stripe.Subscription) -> list[Any]:
    items: Any = subscription["items"]
    return list(items.data)


def _plan_of_subscription(subscription: stripe.Subscription) -> str:
    return next(filter(None, (_plan_of_price(item.price) for item in _items(subscription))), "")


def end_at_period_end(subscription_id: str) -> None:
    """End a subscription when what is paid is over; harmless to repeat.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is none, or it has ended.
    """
    with translate_errors():
        client().v1.subscriptions.update(subscription_id, {"cancel_at_period_end": True})


def cancel_subscription(subscription_id: str) -> None:
    """End a subscription at once, without an invoice for what is left of it.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is none, or it has ended.
    """
    with translate_errors():
        client().v1.subscriptions.cancel(subscription_id)


def fetch_invoice(invoice_id: str) -> ProviderInvoice | None:
    """A paid subscription invoice with its charge; None for any other invoice.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    with translate_errors():
        invoice = client().v1.invoices.retrieve(invoice_id, {"expand": ["payments"]})
        details: Any = invoice.parent and invoice.parent.subscription_details
        if invoice.status != "paid" or not details:
            return None
        currency = invoice.currency.upper()
        intent_id = ""
        for made in invoice.payments.data if invoice.payments else []:
            if made.payment.payment_intent:
                intent: Any = made.payment.payment_intent
                intent_id = intent if isinstance(intent, str) else intent.id
        charge_id, settled = "", None
        if intent_id:
            paid = client().v1.payment_intents.retrieve(
                intent_id, {"expand": ["latest_charge.balance_transaction"]}
            )
            charge = paid.latest_charge
            if isinstance(charge, stripe.Charge):
                charge_id, settled = charge.id, settlement(charge)
        lines = lines_of(invoice)
        line = _service_line(lines)
        sold = client().v1.prices.retrieve(_price_of(line)) if line else None
        taxes = billed.taxes_of_invoice(invoice)
    subscription: Any = details.subscription
    return ProviderInvoice(
        id=invoice.id or invoice_id,
        subscription=subscription if isinstance(subscription, str) else subscription.id,
        reason=invoice.billing_reason or "",
        payment_intent=intent_id,
        charge=charge_id,
        amount=Money(invoice.amount_paid, currency),
        tax=Money(sum(tax.amount for tax in invoice.total_taxes or []), currency),
        fee=settled.fee if settled else Money(0, currency),
        period=(line.period.start, line.period.end) if line else None,
        plan=_plan_of_price(sold),
        yearly=_is_yearly(sold),
        unit_minor=getattr(sold, "unit_amount", None) or 0,
        credited=credited_on(lines),
        prorated_at=min((each.period.start for each in lines if _is_proration(each)), default=0),
        from_credit=invoice.total - invoice.amount_paid,
        paid_at=invoice.status_transitions.paid_at or 0,
        billed=billed.of_invoice(invoice),
        taxes=taxes,
        settled=settled,
    )


def lines_of(invoice: stripe.Invoice) -> list[stripe.InvoiceLineItem]:
    """All lines of an invoice, which itself has only the first of them.

    Raises:
        stripe.StripeError: the others can't be fetched.
    """
    return list(invoice.lines.auto_paging_iter())


def _service_line(lines: list[stripe.InvoiceLineItem]) -> stripe.InvoiceLineItem | None:
    """The subscription's own line; the invoice's own period is the month before."""
    lines = [
        line
        for line in lines
        if line.parent is not None
        and line.parent.subscription_item_details is not None
        and not line.parent.subscription_item_details.proration
    ]
    return max(lines, key=lambda line: line.period.end, default=None)


def _is_proration(line: stripe.InvoiceLineItem) -> bool:
    parent: Any = line.parent
    details = parent and (parent.subscription_item_details or parent.invoice_item_details)
    return details is not None and bool(details.proration)


def credited_on(lines: list[stripe.InvoiceLineItem]) -> int:
    """What the lines of an invoice give back for the rest of a period, in minor units."""
    return -sum(line.amount for line in lines if _is_proration(line) and line.amount < 0)


def _price_of(line: stripe.InvoiceLineItem) -> str:
    details: Any = line.pricing and line.pricing.price_details
    price: Any = details.price if details else ""
    return price if isinstance(price, str) else str(price.id)


def portal_link(*, customer: str, return_url: str) -> str:
    """A link where a subscriber changes the card, sees invoices and ends the plan, but changes no price.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    with translate_errors():
        params: Any = {
            "customer": customer,
            "return_url": return_url,
            "configuration": _portal_without_changes(),
        }
        return str(client().v1.billing_portal.sessions.create(params).url)


def _portal_without_changes() -> str:
    """The portal's configuration for our plans, created on first use: the shop has changes of plan.

    Raises:
        stripe.StripeError: it can't be found or made.
    """
    found = client().v1.billing_portal.configurations.list({"active": True, "limit": 100})
    for made in found.auto_paging_iter():
        if metadata_value(made, "made_for") == PORTAL:
            return made.id
    params: Any = {
        "metadata": {"made_for": PORTAL},
        "features": {
            "customer_update": {
                "enabled": True,
                "allowed_updates": ["address", "email", "name", "tax_id"],
            },
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True},
            "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
            "subscription_update": {"enabled": False},
        },
    }
    options: Any = {"idempotency_key": f"portal-{PORTAL}"}
    return client().v1.billing_portal.configurations.create(params, options).id
