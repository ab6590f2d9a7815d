"""Payment methods that are saved, and payments with them while their owner is away."""

from __future__ import annotations

from deploy.sandbox import catalogue, payments
from deploy.sandbox.objects import ObjectStore, Refusal, is_true, new_id, now
from deploy.sandbox.shapes import Object

A_DAY = 86_400
CARD = {
    "brand": "visa",
    "checks": {"cvc_check": "pass"},
    "country": "US",
    "display_brand": "visa",
    "exp_month": 8,
    "exp_year": 2030,
    "fingerprint": "sandbox",
    "funding": "credit",
    "generated_from": None,
    "last4": "4242",
    "networks": {"available": ["visa"]},
    "regulated_status": None,
    "three_d_secure_usage": {"supported": True},
    "wallet": None,
}
DECLINED = {
    "decline": ("card_declined", "Your card was declined."),
    "authenticate": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}


def save(store: ObjectStore, customer: str | None, email: str | None) -> tuple[str, str]:
    """(customer, payment method) of a card that a buyer lets us charge later."""
    if customer is None:
        customer = catalogue.create_customer(store, {"email": email})["id"]
    typed, known = catalogue.buyer(store, email), store.get(customer, "customer")
    store.change(known, name=typed["name"], address=typed["address"])
    method = store.make(
        "payment_method",
        "pm",
        type="card",
        card=CARD,
        customer=customer,
        billing_details=catalogue.billing_details(store, email),
        metadata={},
    )
    return customer, method["id"]


def set_up(store: ObjectStore, session: Object) -> Object:
    """The buyer saves a card without paying."""
    customer, method = save(store, session["customer"], session["customer_email"])
    identifier = new_id("seti")
    intent = store.make(
        "setup_intent",
        "seti",
        identifier=identifier,
        client_secret=f"{identifier}_secret_{new_id('x')[2:]}",
        customer=customer,
        payment_method=method,
        status="succeeded",
        usage="off_session",
        metadata=session["metadata"],
    )
    store.emit("setup_intent.succeeded", intent)
    store.change(
        session,
        status="complete",
        payment_status="no_payment_required",
        customer=customer,
        setup_intent=intent["id"],
        customer_details=catalogue.buyer(store, session["customer_email"]),
        url=None,
    )
    store.emit("checkout.session.completed", session)
    return session


def detach(store: ObjectStore, method_id: str) -> Object:
    """Forget a saved method."""
    method = store.get(method_id, "payment_method")
    if method["customer"] is None:
        raise Refusal("The payment method you provided is not attached to a customer.")
    store.change(method, customer=None)
    store.emit("payment_method.detached", method)
    return method


def create_intent(store: ObjectStore, form: Object) -> Object:
    """A payment with a saved method, confirmed at once; an error answer if the card refuses."""
    method = store.get(form["payment_method"], "payment_method")
    customer = store.get(form["customer"], "customer")["id"]
    if method["customer"] != customer:
        raise Refusal(
            "The provided PaymentMethod does not belong to the Customer.", param="payment_method"
        )
    if not is_true(form.get("confirm")) or not is_true(form.get("off_session")):
        raise Refusal("The sandbox makes payments off-session alone.", param="off_session")
    inputs = form.get("hooks", {}).get("inputs")
    intent = payments.create_intent(
        store,
        int(form["amount"]),
        form["currency"],
        "processing",
        customer=customer,
        payment_method=method["id"],
        description=form.get("description"),
        metadata=form.get("metadata", {}),
        transfer_group=form.get("transfer_group"),
        **({"hooks": {"inputs": inputs}} if inputs else {}),
    )
    outcome = store.behaviours.off_session
    if outcome in DECLINED:
        return _refuse(store, intent, *DECLINED[outcome])
    if outcome == "succeed":
        payments.charge_intent(store, intent)
    return intent


def _refuse(store: ObjectStore, intent: Object, code: str, message: str) -> Object:
    """The answer of a card that refuses, after which the payment wants another method."""
    error = {"type": "card_error", "code": code, "message": message, "decline_code": code}
    store.change(intent, status="requires_payment_method", last_payment_error=error)
    store.emit("payment_intent.payment_failed", intent)
    return {"error": {**error, "payment_intent": intent}}


def settle(store: ObjectStore, intent_id: str, *, paid: bool) -> Object:
    """A payment that a bank is processing arrives, or does not; once only."""
    intent = store.get(intent_id, "payment_intent")
    if intent["status"] == "processing" and paid:
        payments.charge_intent(store, intent)
    elif intent["status"] == "processing":
        _refuse(store, intent, *DECLINED["decline"])
    return intent


def cancel(store: ObjectStore, intent_id: str) -> Object:
    """Give up a payment that has not been made."""
    intent = store.get(intent_id, "payment_intent")
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise Refusal(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    store.change(intent, status="canceled", canceled_at=now())
    store.emit("payment_intent.canceled", intent)
    return intent


def calculate_tax(store: ObjectStore, form: Object) -> Object:
    """The tax of what a known customer is about to pay."""
    total = tax = added = 0
    for line in form["line_items"]:
        amount = int(line["amount"])
        of_line = catalogue.tax_of(store, amount, line.get("tax_behavior", "exclusive"))
        total, tax, added = total + amount, tax + of_line[0], added + of_line[1]
    behaviours = store.behaviours
    rate = {
        "country": behaviours.buyer_country or None,
        "percentage_decimal": f"{behaviours.tax_percent}.0",
        "rate_type": "percentage",
        "tax_type": "vat",
    }
    part = {
        "amount": tax,
        "inclusive": not added,
        "tax_rate_details": rate,
        "taxability_reason": behaviours.taxability,
        "taxable_amount": total + added - tax,
    }
    return store.make(
        "tax.calculation",
        "taxcalc",
        customer=store.get(form["customer"], "customer")["id"],
        currency=form["currency"],
        amount_total=total + added,
        tax_amount_exclusive=added,
        tax_amount_inclusive=tax - added,
        tax_breakdown=[part],
        tax_date=now(),
        expires_at=now() + 90 * A_DAY,
    )
