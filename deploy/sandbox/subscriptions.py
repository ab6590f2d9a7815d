"""Subscriptions: begun at checkout, renewed, switched and cancelled."""

from __future__ import annotations

import copy

from deploy.sandbox import catalogue, invoices, off_session, plans, shapes
from deploy.sandbox.objects import HIDDEN, ObjectStore, Refusal, is_true, new_id, now, remembered
from deploy.sandbox.shapes import Object

MONTH, YEAR = 30 * 86_400, 365 * 86_400  # seconds; a sandbox month has thirty days
A_PENDING_UPDATE = 23 * 3600  # seconds for which a change waits for its payment


def _period(price: Object) -> int:
    """How long a price pays for, in seconds."""
    return YEAR if price["recurring"]["interval"] == "year" else MONTH


def item_of(subscription: Object) -> Object:
    """The one item of a subscription."""
    item: Object = subscription["items"]["data"][0]
    return item


def _item(subscription_id: str, price: Object) -> Object:
    start = now()
    return shapes.complete(
        "subscription_item",
        {
            "id": new_id("si"),
            "object": "subscription_item",
            "created": start,
            "subscription": subscription_id,
            "price": price,
            "plan": plans.plan_of(price),
            "current_period_start": start,
            "current_period_end": start + _period(price),
        },
    )


def subscribe(store: ObjectStore, session: Object) -> Object:
    """Begin a subscription from its session: incomplete until the first invoice is paid.

    Where the buyer has to confirm the payment, the session stays open until `authenticate`.
    """
    asked = remembered(session)
    waiting = asked.get("begun")
    if waiting:
        return session
    price = store.get(asked["items"][0]["price"], "price")
    customer = (
        session["customer"]
        or (catalogue.create_customer(store, {"email": session["customer_email"]})["id"])
    )
    identifier = new_id("sub")
    subscription = store.make(
        "subscription",
        "sub",
        identifier=identifier,
        status="incomplete",
        automatic_tax={"enabled": session["automatic_tax"]["enabled"]},
        billing_cycle_anchor=now(),
        start_date=now(),
        customer=customer,
        currency=session["currency"],
        metadata=asked["subscription"].get("metadata", {}),
        items=shapes.listed(
            f"/v1/subscription_items?subscription={identifier}", [_item(identifier, price)]
        ),
    )
    store.emit("customer.subscription.created", subscription)
    invoice = invoices.draft(store, subscription, reason="subscription_create", looks_back_to=now())
    invoices.finalize(store, invoice)
    store.change(subscription, latest_invoice=invoice["id"])
    asked["begun"] = [subscription["id"], invoice["id"]]
    store.change(session, customer=customer)
    if store.behaviours.authentication:
        store.emit("invoice.payment_action_required", invoice)
        return session
    return authenticate(store, session["id"], passed=True)


def authenticate(store: ObjectStore, session_id: str, *, passed: bool) -> Object:
    """The buyer confirms the first payment of a subscription, or fails to; once only."""
    session = store.get(session_id, "checkout.session")
    begun = remembered(session).get("begun")
    if begun is None or session["status"] != "open":
        raise Refusal("This session waits for no confirmation.")
    subscription = store.get(begun[0], "subscription")
    invoice = store.get(begun[1], "invoice")
    if not passed:
        invoices.fail(store, invoice)
        return session
    invoices.pay(store, invoice)
    store.change(subscription, status="active")
    store.emit("customer.subscription.updated", subscription)
    store.change(
        session,
        status="complete",
        payment_status="paid",
        subscription=subscription["id"],
        invoice=invoice["id"],
        customer_details=catalogue.buyer(store, session["customer_email"]),
        url=None,
    )
    store.emit("checkout.session.completed", session)
    return session


def renew(store: ObjectStore, subscription_id: str, *, paid: bool) -> Object:
    """Begin the next period of a subscription, or end one that was cancelled at period end."""
    subscription = store.get(subscription_id, "subscription")
    if subscription["cancel_at_period_end"]:
        return cancel(store, subscription_id)
    item = item_of(subscription)
    before = item["current_period_start"]
    item["current_period_start"] = item["current_period_end"]
    item["current_period_end"] += _period(item["price"])
    store.put(subscription)
    invoice = invoices.draft(store, subscription, reason="subscription_cycle", looks_back_to=before)
    store.change(subscription, latest_invoice=invoice["id"])
    store.emit("customer.subscription.updated", subscription)
    if store.behaviours.renewals_wait:
        return subscription
    collect(store, invoice["id"], paid=paid)
    return store.get(subscription_id, "subscription")


def collect(store: ObjectStore, invoice_id: str, *, paid: bool) -> Object:
    """Finalize a renewal's draft and charge it, as happens about an hour after the period's end."""
    invoice = store.get(invoice_id, "invoice")
    subscription = store.get(
        invoice["parent"]["subscription_details"]["subscription"], "subscription"
    )
    if invoice["status"] == "draft":
        invoices.finalize(store, invoice)
    before = subscription["status"]
    store.change(subscription, status="active" if paid else "past_due")
    if paid:
        invoices.pay(store, invoice)
    else:
        invoices.fail(store, invoice)
    if subscription["status"] != before:
        store.emit("customer.subscription.updated", subscription)
    return invoice


def announce(store: ObjectStore, subscription_id: str) -> Object:
    """Say that the next invoice is near; an invoice that is not yet made has no id."""
    subscription = store.get(subscription_id, "subscription")
    coming = invoices.upcoming(store, subscription)
    store.emit("invoice.upcoming", coming)
    return coming


def switch(store: ObjectStore, subscription_id: str, price_id: str) -> Object:
    """The subscriber changes the price in the portal: the rest of the period is settled at once."""
    subscription, price = store.get(subscription_id, "subscription"), store.get(price_id, "price")
    item = item_of(subscription)
    old = item["price"]
    store.put(subscription)
    lines = invoices.prorations(subscription, old, price, at=now())
    item.update(price=price, plan=plans.plan_of(price))
    invoice = invoices.draft(
        store, subscription, reason="subscription_update", looks_back_to=now(), lines=lines
    )
    store.change(subscription, latest_invoice=invoice["id"])
    invoices.finalize(store, invoice)
    invoices.pay(store, invoice)
    store.emit("customer.subscription.updated", subscription)
    return subscription


def update(store: ObjectStore, subscription_id: str, form: Object, base_url: str = "") -> Object:
    """Cancel at the end of the period, undo that, or change the price from now on.

    base_url: of the sandbox, where a buyer may have to confirm the payment.
    """
    subscription = store.get(subscription_id, "subscription")
    if "cancel_at_period_end" in form:
        ends = is_true(form["cancel_at_period_end"])
        store.change(
            subscription,
            cancel_at_period_end=ends,
            cancel_at=item_of(subscription)["current_period_end"] if ends else None,
            canceled_at=now() if ends else None,
        )
    if form.get("billing_cycle_anchor") == "now":
        outcome, behavior = store.behaviours.off_session, form.get("payment_behavior")
        if outcome == "authenticate" and behavior == "pending_if_incomplete":
            return _await_buyer(store, subscription, form, base_url)
        return _begin_anew(store, subscription, form)
    for item in form.get("items", []):
        price = store.get(item["price"], "price")
        item_of(subscription).update(price=price, plan=plans.plan_of(price))
    store.put(subscription)
    store.emit("customer.subscription.updated", subscription)
    return subscription


def _changed(store: ObjectStore, subscription: Object, form: Object) -> list[Object]:
    """Give a subscription another price and a period from now on; returns the lines that this makes."""
    item, old = item_of(subscription), dict(item_of(subscription))
    price = store.get(form["items"][0]["price"], "price")
    at = max(int(form.get("proration_date", now())), old["current_period_start"])
    if at > old["current_period_end"]:
        raise Refusal("`proration_date` must be within the current period.", param="proration_date")
    item.update(
        price=price,
        plan=plans.plan_of(price),
        current_period_start=now(),
        current_period_end=now() + _period(price),
    )
    return invoices.change_lines(subscription, old, at=at)


def let_pass(store: ObjectStore, subscription_id: str, seconds: int) -> Object:
    """Time passes in a subscription's period."""
    subscription = store.get(subscription_id, "subscription")
    item = item_of(subscription)
    item["current_period_start"] -= seconds
    item["current_period_end"] -= seconds
    return store.put(subscription)


def preview(store: ObjectStore, form: Object) -> Object:
    """The invoice that a change of price would make."""
    subscription = store.get(form["subscription"], "subscription")
    lines = _changed(store, subscription, form["subscription_details"])
    return invoices.preview(store, subscription, lines)


def _begin_anew(store: ObjectStore, subscription: Object, form: Object) -> Object:
    """Change the price and bill it at once, with a new period."""
    lines = _changed(store, subscription, form)
    if store.behaviours.off_session in off_session.DECLINED:
        code, message = off_session.DECLINED[store.behaviours.off_session]
        raise Refusal(message, status=402, kind="card_error", code=code)
    store.change(subscription, billing_cycle_anchor=now())
    invoice = invoices.draft(
        store, subscription, reason="subscription_update", looks_back_to=now(), lines=lines
    )
    store.change(subscription, latest_invoice=invoice["id"])
    invoices.finalize(store, invoice)
    invoices.pay(store, invoice)
    store.emit("customer.subscription.updated", subscription)
    return subscription


def _await_buyer(store: ObjectStore, subscription: Object, form: Object, base_url: str) -> Object:
    """Keep a change until its invoice is paid, on a page where the buyer satisfies their bank."""
    changed = copy.deepcopy(subscription)
    lines = _changed(store, changed, form)
    invoice = invoices.draft(
        store, changed, reason="subscription_update", looks_back_to=now(), lines=lines
    )
    invoices.finalize(store, invoice)
    store.change(invoice, hosted_invoice_url=f"{base_url}/c/invoice/{invoice['id']}")
    subscription.setdefault(HIDDEN, {})["pending"] = form
    store.change(
        subscription,
        latest_invoice=invoice["id"],
        pending_update={
            "billing_cycle_anchor": now(),
            "expires_at": now() + A_PENDING_UPDATE,
            "subscription_items": [item_of(changed)],
        },
    )
    store.emit("customer.subscription.updated", subscription)
    return subscription


def confirm(store: ObjectStore, invoice: Object) -> Object:
    """The buyer satisfies their bank on the invoice's page, and the change that waited is made."""
    details = invoice["parent"]["subscription_details"]
    subscription = store.get(details["subscription"], "subscription")
    if invoice["status"] == "open" and subscription["pending_update"]:
        _changed(store, subscription, subscription[HIDDEN].pop("pending"))
        store.change(subscription, billing_cycle_anchor=now(), pending_update=None)
        invoices.pay(store, invoice)
        store.emit("customer.subscription.pending_update_applied", subscription)
        store.emit("customer.subscription.updated", subscription)
    return invoice


def forget_pending(store: ObjectStore, subscription_id: str) -> Object:
    """A day passes in which nobody confirms a change that waits: its invoice is void."""
    subscription = store.get(subscription_id, "subscription")
    if subscription["pending_update"]:
        subscription[HIDDEN].pop("pending")
        invoice = store.get(subscription["latest_invoice"], "invoice")
        store.change(invoice, status="void", hosted_invoice_url=None)
        store.change(subscription, pending_update=None)
        store.emit("customer.subscription.pending_update_expired", subscription)
    return subscription


def cancel(store: ObjectStore, subscription_id: str) -> Object:
    """End a subscription at once; one that has ended is not found, as at the provider."""
    subscription = store.get(subscription_id, "subscription")
    if subscription["status"] == "canceled":
        raise Refusal(
            f"No such subscription: '{subscription_id}'",
            status=404,
            code="resource_missing",
            param="id",
        )
    store.change(subscription, status="canceled", canceled_at=now(), ended_at=now())
    store.emit("customer.subscription.deleted", subscription)
    return subscription


def end_all(store: ObjectStore, customer: str) -> None:
    """The subscriber ends every plan in the portal, each at the end of its period."""
    for subscription in store.all_of(
        "subscription", lambda s: s["customer"] == customer and s["status"] == "active"
    ):
        update(store, subscription["id"], {"cancel_at_period_end": True})
