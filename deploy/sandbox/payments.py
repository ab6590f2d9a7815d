"""Payment intents, their charges and refunds."""

from __future__ import annotations

from typing import Any

from deploy.sandbox import shapes
from deploy.sandbox.balance import move
from deploy.sandbox.objects import ObjectStore, Refusal, new_id
from deploy.sandbox.shapes import Object

FEE_BPS, FEE_FIXED = 290, 30  # what a card payment costs: 2.9% + 30 minor units


def create_intent(
    store: ObjectStore, amount: int, currency: str, status: str, **fields: Any
) -> Object:
    """A payment intent that is not yet paid."""
    identifier = new_id("pi")
    return store.make(
        "payment_intent",
        "pi",
        identifier=identifier,
        amount=amount,
        currency=currency,
        status=status,
        client_secret=f"{identifier}_secret_{new_id('x')[2:]}",
        **fields,
    )


def charge_intent(store: ObjectStore, intent: Object) -> Object:
    """The charge with which a payment intent succeeds."""
    amount, identifier = intent["amount"], new_id("ch")
    payment = store.make(
        "charge",
        "ch",
        identifier=identifier,
        amount=amount,
        amount_captured=amount,
        currency=intent["currency"],
        customer=intent["customer"],
        payment_intent=intent["id"],
        metadata=intent["metadata"],
        refunds=shapes.listed(f"/v1/charges/{identifier}/refunds"),
        transfer_group=intent["transfer_group"],
    )
    if not store.behaviours.late_balance_transactions:
        book(store, payment)
    store.change(intent, status="succeeded", amount_received=amount, latest_charge=identifier)
    store.emit("payment_intent.succeeded", intent)
    store.emit("charge.succeeded", payment)
    return payment


def charge(
    store: ObjectStore, amount: int, currency: str, **intent_fields: Any
) -> tuple[Object, Object]:
    """A succeeded payment intent and its charge."""
    intent = create_intent(store, amount, currency, "processing", **intent_fields)
    return intent, charge_intent(store, intent)


def book(store: ObjectStore, payment: Object) -> Object:
    """Put a charge on the balance, less the provider's fee."""
    behaviours, settled = store.behaviours, payment["amount"]
    if behaviours.settles_in and payment["currency"] != behaviours.settles_in:
        settled = round(settled * behaviours.exchange_rate)
    fee = (settled * FEE_BPS + 5_000) // 10_000 + FEE_FIXED
    movement = move(store, "charge", payment["id"], payment["amount"], payment["currency"], fee)
    return store.change(payment, balance_transaction=movement["id"])


def book_late(store: ObjectStore, charge_id: str) -> Object:
    """A charge that succeeded before reaches the balance; once only."""
    payment = store.get(charge_id, "charge")
    if payment["balance_transaction"] is None:
        book(store, payment)
        store.emit("charge.updated", payment)
    return payment


def warn(store: ObjectStore, charge_id: str) -> Object:
    """The card's network suspects fraud before any dispute."""
    store.get(charge_id, "charge")
    warning = store.make("radar.early_fraud_warning", "issfr", charge=charge_id)
    store.emit("radar.early_fraud_warning.created", warning)
    return warning


def _charge_to_refund(store: ObjectStore, form: Object) -> Object:
    if "charge" in form:
        return store.get(form["charge"], "charge")
    if "payment_intent" not in form:
        raise Refusal("One of the following params should be provided: payment_intent or charge.")
    intent = store.get(form["payment_intent"], "payment_intent")
    if intent["latest_charge"] is None:
        raise Refusal("This PaymentIntent does not have a successful charge to refund.")
    return store.get(intent["latest_charge"], "charge")


def create_refund(store: ObjectStore, form: Object) -> Object:
    """Refund a charge or part of it; the fee is not returned."""
    paid = _charge_to_refund(store, form)
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
    refund = store.make(
        "refund",
        "re",
        amount=amount,
        currency=paid["currency"],
        charge=paid["id"],
        customer=paid["customer"],
        payment_intent=paid["payment_intent"],
        status="pending",
        reason=form.get("reason"),
        metadata=form.get("metadata", {}),
    )
    movement = move(store, "refund", refund["id"], -amount, paid["currency"])
    refunded = paid["amount_refunded"] + amount
    store.change(paid, amount_refunded=refunded, refunded=refunded == paid["amount"])
    succeeds = store.behaviours.refunds == "succeed"
    store.change(
        refund,
        balance_transaction=movement["id"],
        status="succeeded" if succeeds else "pending",
    )
    store.emit("refund.created", refund)
    store.emit("charge.refunded", paid)
    return return_refund(store, refund["id"]) if store.behaviours.refunds == "fail" else refund


def settle_refund(store: ObjectStore, refund_id: str) -> Object:
    """A pending refund reaches the buyer."""
    refund = store.get(refund_id, "refund")
    if refund["status"] == "pending":
        store.change(refund, status="succeeded")
        store.emit("refund.updated", refund)
        store.emit("charge.refund.updated", refund)
    return refund


def return_refund(store: ObjectStore, refund_id: str) -> Object:
    """The buyer's bank returns a refund, so the money is back on the balance; once only."""
    refund = store.get(refund_id, "refund")
    if refund["status"] == "failed":
        return refund
    movement = move(store, "refund_failure", refund_id, refund["amount"], refund["currency"])
    store.change(
        refund,
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=movement["id"],
    )
    store.emit("refund.failed", refund)
    store.emit("charge.refund.updated", refund)
    return refund
