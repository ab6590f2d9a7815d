"""Customers, products, prices, subscriptions and their invoices."""

from __future__ import annotations

import time

from deploy.sandbox.objects import Object, ObjectStore, Refusal
from deploy.sandbox.payments import charge

MONTH = 30 * 86_400  # seconds; a sandbox month


def create_customer(store: ObjectStore, form: Object) -> Object:
    return store.make(
        "customer",
        "cus",
        email=form.get("email"),
        name=form.get("name"),
        metadata=form.get("metadata", {}),
    )


def create_product(store: ObjectStore, form: Object) -> Object:
    return store.make(
        "product", "prod", name=form["name"], active=True, metadata=form.get("metadata", {})
    )


def create_price(store: ObjectStore, form: Object) -> Object:
    """A price of a product; a second one with the same lookup key is refused, as by the provider."""
    key = form.get("lookup_key")
    if key and store.all_of("price", lambda p: p["lookup_key"] == key):
        raise Refusal("A price already uses that lookup key.", param="lookup_key")
    product = form.get("product")
    if product is None:
        product = create_product(store, form["product_data"])["id"]
    return store.make(
        "price",
        "price",
        product=store.get(product, "product")["id"],
        unit_amount=int(form["unit_amount"]),
        currency=form["currency"],
        recurring=form.get("recurring"),
        lookup_key=key,
        active=True,
        metadata=form.get("metadata", {}),
    )


def subscribe(store: ObjectStore, session: Object) -> Object:
    """Complete a subscription session: the first month is paid."""
    if session["status"] != "open":
        return session
    now = int(time.time())
    item = session["line_items_asked"][0]
    customer = (
        session["customer"] or create_customer(store, {"email": session["customer_email"]})["id"]
    )
    subscription = store.make(
        "subscription",
        "sub",
        status="active",
        customer=customer,
        currency=session["currency"],
        cancel_at_period_end=False,
        canceled_at=None,
        metadata=session["subscription_data"].get("metadata", {}),
        items={
            "object": "list",
            "has_more": False,
            "url": "",
            "data": [
                {
                    "id": "si_" + session["id"][8:],
                    "object": "subscription_item",
                    "price": store.get(item["price"], "price"),
                    "quantity": 1,
                    "current_period_start": now,
                    "current_period_end": now + MONTH,
                }
            ],
        },
        latest_invoice=None,
    )
    invoice = bill(
        store,
        subscription,
        reason="subscription_create",
        looks_back_to=now,
        tax=session["total_details"]["amount_tax"],
    )
    session.update(
        status="complete",
        payment_status="paid",
        subscription=subscription["id"],
        customer=customer,
        invoice=invoice["id"],
        url=None,
    )
    store.put(session)
    store.emit("customer.subscription.created", subscription)
    store.emit("checkout.session.completed", session)
    return session


def _service_line(subscription: Object) -> Object:
    """The line for a subscription's current period."""
    item = subscription["items"]["data"][0]
    price = item["price"]
    return {
        "id": f"il_{item['id'][3:]}_{item['current_period_start']}",
        "object": "line_item",
        "amount": price["unit_amount"],
        "subtotal": price["unit_amount"],
        "currency": subscription["currency"],
        "discount_amounts": [],
        "discounts": [],
        "metadata": subscription["metadata"],
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "quantity": 1,
        "subscription": subscription["id"],
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "parent": {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": None,
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
        },
    }


def _pay(store: ObjectStore, invoice: Object) -> None:
    amount = invoice["amount_paid"]
    intent, _ = charge(store, amount, invoice["currency"], customer=invoice["customer"])
    invoice["payments"]["data"] = [
        {
            "id": "inpay_" + invoice["id"][3:],
            "object": "invoice_payment",
            "amount_paid": amount,
            "status": "paid",
            "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
        }
    ]
    store.put(invoice)


def bill(
    store: ObjectStore,
    subscription: Object,
    *,
    reason: str,
    looks_back_to: int,
    tax: int = 0,
    paid: bool = True,
) -> Object:
    """The invoice of a subscription's current period, paid or not.

    Its own period is the one before, in which items could be added to it; its line has the period
    that is paid for.
    """
    item = subscription["items"]["data"][0]
    amount, currency = item["price"]["unit_amount"] + tax, subscription["currency"]
    invoice = store.make(
        "invoice",
        "in",
        status="paid" if paid else "open",
        customer=subscription["customer"],
        currency=currency,
        subtotal=item["price"]["unit_amount"],
        total=amount,
        amount_paid=amount if paid else 0,
        total_taxes=[{"amount": tax}] if tax else [],
        billing_reason=reason,
        period_start=looks_back_to,
        period_end=item["current_period_start"],
        lines={
            "object": "list",
            "data": [_service_line(subscription)],
            "has_more": False,
            "url": "",
        },
        parent={
            "type": "subscription_details",
            "subscription_details": {
                "subscription": subscription["id"],
                "metadata": subscription["metadata"],
            },
        },
        payments={"object": "list", "data": [], "has_more": False, "url": ""},
    )
    if paid:
        _pay(store, invoice)
    subscription["latest_invoice"] = invoice["id"]
    subscription["status"] = "active" if paid else "past_due"
    store.put(subscription)
    store.emit("invoice.paid" if paid else "invoice.payment_failed", invoice)
    return invoice


def renew(store: ObjectStore, subscription_id: str, *, paid: bool) -> Object:
    """Begin the next period of a subscription, or end one that was cancelled at period end."""
    subscription = store.get(subscription_id, "subscription")
    if subscription["cancel_at_period_end"]:
        return cancel(store, subscription_id)
    item = subscription["items"]["data"][0]
    before = item["current_period_start"]
    item["current_period_start"] = item["current_period_end"]
    item["current_period_end"] += MONTH
    store.put(subscription)
    bill(store, subscription, reason="subscription_cycle", looks_back_to=before, paid=paid)
    store.emit("customer.subscription.updated", subscription)
    return subscription


def update(store: ObjectStore, subscription_id: str, form: Object) -> Object:
    """Cancel at the end of the period, undo that, or change the price from now on."""
    subscription = store.get(subscription_id, "subscription")
    if "cancel_at_period_end" in form:
        subscription["cancel_at_period_end"] = form["cancel_at_period_end"] == "true"
    for item in form.get("items", []):
        subscription["items"]["data"][0]["price"] = store.get(item["price"], "price")
    store.put(subscription)
    store.emit("customer.subscription.updated", subscription)
    return subscription


def cancel(store: ObjectStore, subscription_id: str) -> Object:
    """End a subscription at once."""
    subscription = store.get(subscription_id, "subscription")
    subscription["status"], subscription["canceled_at"] = "canceled", int(time.time())
    store.put(subscription)
    store.emit("customer.subscription.deleted", subscription)
    return subscription
