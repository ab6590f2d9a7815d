"""Invoices of subscriptions: drafted, finalized, and paid or not."""

from __future__ import annotations

from typing import Any

from deploy.sandbox import catalogue, customer_credit, payments, shapes
from deploy.sandbox.objects import HIDDEN, ObjectStore, new_id, now
from deploy.sandbox.shapes import Object

AN_HOUR = 3600


def _line(subscription: Object, item: Object, price: Object, amount: int, **fields: Any) -> Object:
    return {
        "id": new_id("il"),
        "object": "line_item",
        "livemode": False,
        "amount": amount,
        "subtotal": amount,
        "currency": subscription["currency"],
        "metadata": subscription["metadata"],
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "subscription": subscription["id"],
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        **fields,
    }


def _service_line(subscription: Object) -> Object:
    """The line for a subscription's current period."""
    item = subscription["items"]["data"][0]
    details = {
        "proration": False,
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    return _line(
        subscription,
        item,
        item["price"],
        item["price"]["unit_amount"],
        parent={"type": "subscription_item_details", "subscription_item_details": details},
    )


def prorations(subscription: Object, old: Object, new: Object, *, at: int) -> list[Object]:
    """The lines of a switch of prices: the old one's unused rest back, the new one's rest charged."""
    item = subscription["items"]["data"][0]
    start, end = item["current_period_start"], item["current_period_end"]
    left = (end - at) / (end - start)
    lines = []
    for price, sign in ((old, -1), (new, 1)):
        details = {
            "invoice_item": new_id("ii"),
            "proration": True,
            "subscription": subscription["id"],
        }
        lines.append(
            _line(
                subscription,
                item,
                price,
                sign * round(price["unit_amount"] * left),
                discountable=False,
                period={"start": at, "end": end},
                parent={"type": "invoice_item_details", "invoice_item_details": details},
            )
        )
    return lines


def _discount(store: ObjectStore, lines: list[Object]) -> list[Object]:
    """What a coupon takes off the lines that bear one, which then say so."""
    found = []
    for line in lines:
        off = line["amount"] * store.behaviours.plan_discount // 100
        if off > 0 and line.get("discountable", True):
            line["discount_amounts"] = [{"amount": off, "discount": new_id("di")}]
            found += line["discount_amounts"]
    return found


def _fields(
    store: ObjectStore, subscription: Object, reason: str, looks_back_to: int, lines: list[Object]
) -> Object:
    """What an invoice says, before it is numbered and paid."""
    subtotal = sum(line["amount"] for line in lines)
    discounts = _discount(store, lines)
    left = subtotal - sum(each["amount"] for each in discounts)
    item, tax, added = subscription["items"]["data"][0], 0, 0
    if subscription["automatic_tax"]["enabled"]:  # what is given back had been taxed, too
        tax, added = catalogue.tax_of(store, left, item["price"]["tax_behavior"])
    behavior = "exclusive" if added else "inclusive"
    of_tax = {
        "amount": tax,
        "tax_behavior": behavior,
        "taxability_reason": store.behaviours.taxability,
        "taxable_amount": left + added - tax,
        "tax_rate_details": {"tax_rate": catalogue.tax_rate(store)["id"]},
        "type": "tax_rate_details",
    }
    typed = catalogue.buyer(store, store.get(subscription["customer"], "customer")["email"])
    total = left + added
    credit = store.get(subscription["customer"], "customer")["balance"]
    due = max(0, total + min(credit, 0))
    return {
        "status": "draft",
        "customer": subscription["customer"],
        "customer_email": typed["email"],
        "customer_name": typed["name"],
        "customer_address": typed["address"],
        "customer_tax_ids": typed["tax_ids"],
        "customer_tax_exempt": typed["tax_exempt"],
        "currency": subscription["currency"],
        "automatic_tax": {"enabled": subscription["automatic_tax"]["enabled"]},
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - (tax - added),
        "total": total,
        "total_discount_amounts": discounts,
        "total_excluding_tax": total - tax,
        "total_taxes": [of_tax] if subscription["automatic_tax"]["enabled"] else [],
        "amount_due": due,
        "amount_paid": 0,
        "amount_remaining": due,
        "starting_balance": credit,
        "billing_reason": reason,
        "period_start": looks_back_to,
        "period_end": item["current_period_start"] if reason != "subscription_update" else now(),
        "parent": {
            "type": "subscription_details",
            "subscription_details": {
                "subscription": subscription["id"],
                "metadata": subscription["metadata"],
            },
        },
    }


def draft(
    store: ObjectStore,
    subscription: Object,
    *,
    reason: str,
    looks_back_to: int,
    lines: list[Object] | None = None,
) -> Object:
    """The draft of an invoice for a subscription's current period, or for the lines given.

    Its own period is the one before, in which items could be added to it; its line has the period
    that is paid for.
    """
    lines = lines or [_service_line(subscription)]
    identifier = new_id("in")
    lines = [shapes.complete("line_item", {**line, "invoice": identifier}) for line in lines]
    fields = _fields(store, subscription, reason, looks_back_to, lines)
    invoice = store.make(
        "invoice",
        "in",
        identifier=identifier,
        lines=shapes.listed(f"/v1/invoices/{identifier}/lines", lines),
        automatically_finalizes_at=now() + AN_HOUR,
        hidden={"payments": shapes.listed(f"/v1/invoice_payments?invoice={identifier}")},
        **fields,
    )
    store.emit("invoice.created", invoice)
    return invoice


def change_lines(subscription: Object, old: Object, *, at: int) -> list[Object]:
    """The lines of a change of price that begins a period anew: the old rest back, the new whole charged.

    subscription: with the new price and period already; old: the item as it was.
    """
    was = {**subscription, "items": {"data": [old]}}
    return [*prorations(was, old["price"], old["price"], at=at)[:1], _service_line(subscription)]


def preview(store: ObjectStore, subscription: Object, lines: list[Object]) -> Object:
    """The invoice that a change would make, which is kept nowhere."""
    identifier = new_id("upcoming_in")
    whole = [shapes.complete("line_item", {**line, "invoice": identifier}) for line in lines]
    return shapes.complete(
        "invoice",
        {
            "id": identifier,
            "object": "invoice",
            "created": now(),
            "livemode": False,
            "lines": shapes.listed(f"/v1/invoices/{identifier}/lines", whole),
            **_fields(store, subscription, "upcoming", now(), whole),
        },
    )


def upcoming(store: ObjectStore, subscription: Object) -> Object:
    """The invoice that a renewal will make, which has no id yet."""
    item = subscription["items"]["data"][0]
    lines = [shapes.complete("line_item", _service_line(subscription))]
    told = shapes.complete(
        "invoice",
        {
            "id": "upcoming",
            "object": "invoice",
            "created": now(),
            "livemode": False,
            "lines": shapes.listed("/v1/invoices/upcoming/lines", lines),
            **_fields(store, subscription, "upcoming", item["current_period_start"], lines),
        },
    )
    del told["id"]
    return told


def finalize(store: ObjectStore, invoice: Object) -> Object:
    """Number a draft, after which it waits to be paid."""
    customer = store.get(invoice["customer"], "customer")
    number = customer["next_invoice_sequence"]
    store.change(customer, next_invoice_sequence=number + 1)
    times = {**invoice["status_transitions"], "finalized_at": now()}
    store.change(
        invoice,
        status="open",
        number=f"{customer['invoice_prefix']}-{number:04}",
        effective_at=now(),
        automatically_finalizes_at=None,
        status_transitions=times,
    )
    store.emit("invoice.finalized", invoice)
    return invoice


def _use_credit(store: ObjectStore, invoice: Object) -> None:
    """Pay from the customer's credit first; what a negative invoice gives back becomes credit."""
    customer = store.get(invoice["customer"], "customer")
    taken = invoice["total"] - invoice["amount_due"]
    if taken:
        customer_credit.change(
            store, customer, taken, invoice["currency"], "applied_to_invoice", invoice["id"]
        )
    store.change(invoice, ending_balance=customer["balance"])


def pay(store: ObjectStore, invoice: Object) -> Object:
    """Collect what an invoice asks for."""
    _use_credit(store, invoice)
    due = invoice["amount_due"]
    if due:
        intent, _ = payments.charge(store, due, invoice["currency"], customer=invoice["customer"])
        paid = store.make(
            "invoice_payment",
            "inpay",
            invoice=invoice["id"],
            amount_paid=due,
            amount_requested=due,
            currency=invoice["currency"],
            status="paid",
            status_transitions={"paid_at": now()},
            payment={"type": "payment_intent", "payment_intent": intent["id"]},
        )
        invoice[HIDDEN]["payments"]["data"] = [paid]
    store.change(
        invoice,
        status="paid",
        amount_paid=due,
        amount_remaining=0,
        attempted=True,
        attempt_count=invoice["attempt_count"] + 1,
        status_transitions={**invoice["status_transitions"], "paid_at": now()},
    )
    store.emit("invoice.payment_succeeded", invoice)
    store.emit("invoice.paid", invoice)
    return invoice


def fail(store: ObjectStore, invoice: Object) -> Object:
    """The card refuses."""
    store.change(invoice, attempted=True, attempt_count=invoice["attempt_count"] + 1)
    store.emit("invoice.payment_failed", invoice)
    return invoice
