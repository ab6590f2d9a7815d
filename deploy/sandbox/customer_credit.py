"""Credit of customers, which their invoices take first: each change is a transaction of its own."""

from __future__ import annotations

from deploy.sandbox.objects import ObjectStore
from deploy.sandbox.shapes import Object


def change(
    store: ObjectStore, customer: Object, amount: int, currency: str, kind: str, invoice: str = ""
) -> Object:
    """Add to a customer's balance: below zero it is credit, above it a debt."""
    left = customer["balance"] + amount
    store.change(customer, balance=left, currency=customer["currency"] or currency)
    made = store.make(
        "customer_balance_transaction",
        "cbtxn",
        amount=amount,
        currency=currency,
        customer=customer["id"],
        ending_balance=left,
        invoice=invoice or None,
        type=kind,
    )
    store.emit("customer.updated", customer)
    return made


def adjust(store: ObjectStore, customer_id: str, form: Object) -> Object:
    """Somebody gives credit by hand, or takes it."""
    customer = store.get(customer_id, "customer")
    return change(store, customer, int(form["amount"]), form["currency"], "adjustment")
