"""Checkout, payments, refunds, disputes and the balance that they change."""

from __future__ import annotations

import time
from typing import Any

from deploy.sandbox.objects import Object, ObjectStore, Refusal, new_id

FEE_BPS, FEE_FIXED = 290, 30  # what a card payment costs: 2.9% + 30 minor units
DISPUTE_FEE = 1500
A_DAY = 24 * 3600  # that a payment page stays open


def move(
    store: ObjectStore, kind: str, source: str, amount: int, currency: str, fee: int = 0
) -> Object:
    """A balance transaction of the platform."""
    return store.make(
        "balance_transaction",
        "txn",
        type=kind,
        source=source,
        amount=amount,
        currency=currency,
        fee=fee,
        net=amount - fee,
        status="available",
    )


def balance_of(store: ObjectStore, currency: str) -> int:
    """The platform's balance in minor units."""
    return sum(m["net"] for m in store.all_of("balance_transaction") if m["currency"] == currency)


def create_session(store: ObjectStore, form: Object, base_url: str) -> Object:
    """A Checkout Session that waits for the buyer."""
    if "line_items" not in form:
        raise Refusal("Missing required param: line_items.", param="line_items")
    if "success_url" not in form:
        raise Refusal("Missing required param: success_url.", param="success_url")
    total, currency, names = 0, "usd", []
    for item in form["line_items"]:
        if "price" in item:
            price = store.get(item["price"], "price")
            amount, currency = price["unit_amount"], price["currency"]
            names.append(store.get(price["product"], "product")["name"])
        else:
            data = item["price_data"]
            amount, currency = int(data["unit_amount"]), data["currency"]
            names.append(data["product_data"]["name"])
        total += amount * int(item.get("quantity", 1))
    taxed = form.get("automatic_tax", {}).get("enabled") == "true"
    rate = (store.find("sandbox_tax") or {}).get("percent", 0) if taxed else 0
    tax = (total * rate + 50) // 100
    session = store.make(
        "checkout.session",
        "cs_test",
        mode=form.get("mode", "payment"),
        status="open",
        payment_status="unpaid",
        amount_subtotal=total,
        amount_total=total + tax,
        total_details={"amount_tax": tax, "amount_discount": 0, "amount_shipping": 0},
        currency=currency,
        client_reference_id=form.get("client_reference_id"),
        customer=form.get("customer"),
        customer_email=form.get("customer_email"),
        metadata=form.get("metadata", {}),
        success_url=form["success_url"],
        cancel_url=form.get("cancel_url"),
        payment_intent=None,
        subscription=None,
        line_name=", ".join(names),
        line_items_asked=form["line_items"],
        intent_data=form.get("payment_intent_data", {}),
        subscription_data=form.get("subscription_data", {}),
        expires_at=int(form.get("expires_at", int(time.time()) + A_DAY)),
        url=None,
    )
    session["url"] = f"{base_url}/c/pay/{session['id']}"
    return store.put(session)


def charge(
    store: ObjectStore, amount: int, currency: str, **intent_fields: Any
) -> tuple[Object, Object]:
    """A succeeded payment intent and its charge."""
    fee = (amount * FEE_BPS + 5_000) // 10_000 + FEE_FIXED
    identifier = new_id("ch")
    movement = move(store, "charge", identifier, amount, currency, fee)
    intent = store.make(
        "payment_intent",
        "pi",
        amount=amount,
        amount_received=amount,
        currency=currency,
        status="succeeded",
        latest_charge=identifier,
        **intent_fields,
    )
    payment = store.put(
        {
            "id": identifier,
            "object": "charge",
            "created": intent["created"],
            "livemode": False,
            "amount": amount,
            "amount_refunded": 0,
            "refunded": False,
            "disputed": False,
            "currency": currency,
            "paid": True,
            "status": "succeeded",
            "payment_intent": intent["id"],
            "balance_transaction": movement["id"],
            "transfer_group": intent_fields.get("transfer_group"),
        }
    )
    store.emit("payment_intent.succeeded", intent)
    store.emit("charge.succeeded", payment)
    return intent, payment


def pay_session(store: ObjectStore, session: Object) -> Object:
    """Complete a payment session, once only, unless its page has closed."""
    if session["status"] == "open" and session["expires_at"] < time.time():
        session.update(status="expired", url=None)
        store.put(session)
        store.emit("checkout.session.expired", session)
    if session["status"] != "open":
        return session
    data = session["intent_data"]
    intent, _ = charge(
        store,
        session["amount_total"],
        session["currency"],
        transfer_group=data.get("transfer_group"),
        metadata=data.get("metadata", {}),
        customer=session["customer"],
    )
    session.update(status="complete", payment_status="paid", payment_intent=intent["id"], url=None)
    store.put(session)
    store.emit("checkout.session.completed", session)
    return session


def create_refund(store: ObjectStore, form: Object) -> Object:
    """Refund a charge or part of it; the fee is not returned."""
    if "charge" in form:
        paid = store.get(form["charge"], "charge")
    elif "payment_intent" in form:
        intent = store.get(form["payment_intent"], "payment_intent")
        paid = store.get(intent["latest_charge"], "charge")
    else:
        raise Refusal("One of the following params should be provided: payment_intent or charge.")
    left = paid["amount"] - paid["amount_refunded"]
    amount = int(form.get("amount", left))
    if left == 0:
        raise Refusal("Charge has already been refunded.", code="charge_already_refunded")
    if paid["disputed"]:
        raise Refusal("This charge has been charged back.", code="charge_disputed")
    if not 0 < amount <= left:
        raise Refusal(
            f"Refund amount ({amount}) is greater than unrefunded amount ({left}).",
            param="amount",
        )
    identifier = new_id("re")
    movement = move(store, "refund", identifier, -amount, paid["currency"])
    refund = store.put(
        {
            "id": identifier,
            "object": "refund",
            "created": movement["created"],
            "amount": amount,
            "currency": paid["currency"],
            "charge": paid["id"],
            "payment_intent": paid["payment_intent"],
            "status": "succeeded",
            "reason": form.get("reason"),
            "metadata": form.get("metadata", {}),
            "balance_transaction": movement["id"],
        }
    )
    paid["amount_refunded"] += amount
    paid["refunded"] = paid["amount_refunded"] == paid["amount"]
    store.put(paid)
    store.emit("refund.created", refund)
    store.emit("charge.refunded", paid)
    return refund


def return_refund(store: ObjectStore, refund_id: str) -> Object:
    """The buyer's bank returns a refund, so the money is back on the balance; once only."""
    refund = store.get(refund_id, "refund")
    if refund["status"] == "failed":
        return refund
    movement = move(store, "refund_failure", refund_id, refund["amount"], refund["currency"])
    refund.update(
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=movement["id"],
    )
    store.put(refund)
    store.emit("refund.failed", refund)
    store.emit("charge.refund.updated", refund)
    return refund


def open_dispute(store: ObjectStore, charge_id: str, reason: str) -> Object:
    """A bank takes a charge back, with a fee."""
    paid = store.get(charge_id, "charge")
    amount = paid["amount"] - paid["amount_refunded"]
    identifier = new_id("du")
    movement = move(store, "adjustment", identifier, -amount, paid["currency"], DISPUTE_FEE)
    dispute = store.put(
        {
            "id": identifier,
            "object": "dispute",
            "created": movement["created"],
            "livemode": False,
            "amount": amount,
            "currency": paid["currency"],
            "charge": charge_id,
            "payment_intent": paid["payment_intent"],
            "reason": reason,
            "status": "needs_response",
            "balance_transactions": [movement],
            "metadata": {},
        }
    )
    paid["disputed"] = True
    store.put(paid)
    store.emit("charge.dispute.created", dispute)
    store.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(store: ObjectStore, dispute_id: str, status: str) -> Object:
    """Decide a dispute; winning brings back the amount but not the fee."""
    dispute = store.get(dispute_id, "dispute")
    if dispute["status"] in ("won", "lost"):
        return dispute
    dispute["status"] = status
    if status == "won":
        movement = move(store, "adjustment", dispute_id, dispute["amount"], dispute["currency"])
        dispute["balance_transactions"].append(movement)
        store.put(dispute)
        store.emit("charge.dispute.funds_reinstated", dispute)
    store.put(dispute)
    store.emit("charge.dispute.closed", dispute)
    return dispute
