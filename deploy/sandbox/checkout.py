"""Checkout sessions: the page where a buyer pays or subscribes."""

from __future__ import annotations

from deploy.sandbox import catalogue, off_session, payments, subscriptions
from deploy.sandbox.balance import A_DAY
from deploy.sandbox.objects import HIDDEN, ObjectStore, Refusal, is_true, new_id, now, remembered
from deploy.sandbox.shapes import Object

LEAST, MOST = 50, 99_999_999  # minor units that a card can be charged at once
A_MINUTE, SOONEST = (
    60,
    1_800,
)  # seconds: what clocks may differ, and the least that a page stays open


def _priced(store: ObjectStore, item: Object) -> tuple[int, str, str, str]:
    """(amount, currency, name, what the price says of tax) of one unit of a line."""
    if "price" in item:
        price = store.get(item["price"], "price")
        name = store.get(price["product"], "product")["name"]
        return price["unit_amount"], price["currency"], name, price["tax_behavior"]
    data = item["price_data"]
    said = data.get("tax_behavior", "unspecified")
    return int(data["unit_amount"]), data["currency"], data["product_data"]["name"], said


def _require_payable(total: int, expires_at: int) -> None:
    """Raises Refusal for an amount or a closing time that the provider doesn't take."""
    if total < LEAST:
        raise Refusal("The total amount due must be at least $0.50 usd.", code="amount_too_small")
    if total > MOST:
        raise Refusal(
            "The total amount due must be no more than $999,999.99.", code="amount_too_large"
        )
    if not SOONEST - A_MINUTE <= expires_at - now() <= A_DAY + A_MINUTE:
        raise Refusal(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            param="expires_at",
        )


def _breakdown(store: ObjectStore, tax: int, taxable: int, *, taxed: bool) -> Object:
    """The parts of a total, which are only sent on request."""
    part = {
        "amount": tax,
        "rate": catalogue.tax_rate(store),
        "taxability_reason": store.behaviours.taxability,
        "taxable_amount": taxable,
    }
    return {"discounts": [], "taxes": [part] if taxed else []}


def create(store: ObjectStore, form: Object, base_url: str) -> Object:
    """A Checkout Session that waits for the buyer."""
    setting_up = form.get("mode") == "setup"
    for name in ("success_url",) if setting_up else ("line_items", "success_url"):
        if name not in form:
            raise Refusal(f"Missing required param: {name}.", param=name)
    taxed = is_true(form.get("automatic_tax", {}).get("enabled"))
    total = tax = added = 0
    currency, names = form.get("currency", "usd"), []
    for item in form.get("line_items", []):
        amount, currency, name, said = _priced(store, item)
        amount *= int(item.get("quantity", 1))
        of_line = catalogue.tax_of(store, amount, said) if taxed else (0, 0)
        total, tax, added = total + amount, tax + of_line[0], added + of_line[1]
        names.append(name)
    identifier, expires_at = new_id("cs_test"), int(form.get("expires_at", now() + A_DAY))
    if not setting_up:
        _require_payable(total + added, expires_at)
    optional = (
        {"tax_id_collection": {"enabled": True, "required": "never"}}
        if "tax_id_collection" in form
        else {}
    )
    session = store.make(
        "checkout.session",
        "cs_test",
        identifier=identifier,
        mode=form.get("mode", "payment"),
        automatic_tax={"enabled": taxed, "status": "complete" if taxed else None},
        amount_subtotal=None if setting_up else total,
        amount_total=None if setting_up else total + added,
        total_details=None
        if setting_up
        else {"amount_tax": tax, "amount_discount": 0, "amount_shipping": 0},
        currency=currency,
        customer_creation=form.get("customer_creation", "if_required"),
        custom_text=form.get("custom_text", {}),
        client_reference_id=form.get("client_reference_id"),
        customer=form.get("customer"),
        customer_email=form.get("customer_email"),
        metadata=form.get("metadata", {}),
        success_url=form["success_url"],
        cancel_url=form.get("cancel_url"),
        expires_at=expires_at,
        url=f"{base_url}/c/pay/{identifier}",
        hidden={
            "name": ", ".join(names) or "A card for later payments",
            "items": form.get("line_items", []),
            "intent": form.get("payment_intent_data", {}),
            "subscription": form.get("subscription_data", {}),
        },
        **optional,
    )
    if setting_up:
        return session
    parts = _breakdown(store, tax, total + added - tax, taxed=taxed)
    session["total_details"][HIDDEN] = {"breakdown": parts}
    return store.put(session)


def expire(store: ObjectStore, session_id: str) -> Object:
    """Close a session that nobody paid."""
    session = store.get(session_id, "checkout.session")
    if session["status"] != "open":
        raise Refusal(f"This Session has a status of {session['status']} and can't be expired.")
    store.change(session, status="expired", url=None)
    store.emit("checkout.session.expired", session)
    return session


def press(store: ObjectStore, session: Object) -> Object:
    """The buyer pays, once only, unless the page has closed."""
    if session["status"] == "open" and session["expires_at"] < now():
        return expire(store, session["id"])
    if session["status"] != "open":
        return session
    if session["mode"] == "subscription":
        return subscriptions.subscribe(store, session)
    if session["mode"] == "setup":
        return off_session.set_up(store, session)
    asked, customer, method = remembered(session)["intent"], session["customer"], None
    if asked.get("setup_future_usage") == "off_session":
        customer, method = off_session.save(store, customer, session["customer_email"])
    elif customer is None and session["customer_creation"] == "always":
        customer = catalogue.create_customer(store, {"email": session["customer_email"]})["id"]
    intent = payments.create_intent(
        store,
        session["amount_total"],
        session["currency"],
        "processing",
        transfer_group=asked.get("transfer_group"),
        metadata=asked.get("metadata", {}),
        customer=customer,
        payment_method=method,
        setup_future_usage=asked.get("setup_future_usage"),
    )
    waits = store.behaviours.asynchronous_payments
    if not waits:
        payments.charge_intent(store, intent)
    store.change(
        session,
        status="complete",
        payment_status="unpaid" if waits else "paid",
        customer=customer,
        payment_intent=intent["id"],
        customer_details=catalogue.buyer(store, session["customer_email"]),
        url=None,
    )
    store.emit("checkout.session.completed", session)
    return session


def settle(store: ObjectStore, session_id: str, *, paid: bool) -> Object:
    """The buyer's bank sends the money of an asynchronous payment, or does not; once only."""
    session = store.get(session_id, "checkout.session")
    intent = store.get(session["payment_intent"] or "", "payment_intent")
    if intent["status"] != "processing":
        return session
    if not paid:
        failure = {"type": "card_error", "code": "payment_intent_payment_attempt_failed"}
        store.change(intent, status="requires_payment_method", last_payment_error=failure)
        store.emit("payment_intent.payment_failed", intent)
        store.emit("checkout.session.async_payment_failed", session)
        return session
    payments.charge_intent(store, intent)
    store.change(session, payment_status="paid")
    store.emit("checkout.session.async_payment_succeeded", session)
    return session
