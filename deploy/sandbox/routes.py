"""What each address of the sandbox does."""

from __future__ import annotations

import copy
from collections.abc import Callable

from deploy.sandbox import (
    balance,
    catalogue,
    checkout,
    connect,
    customer_credit,
    disputes,
    endpoints,
    files,
    off_session,
    payments,
    shapes,
    subscriptions,
)
from deploy.sandbox.objects import ObjectStore, is_true, new_id, now
from deploy.sandbox.shapes import Object
from deploy.sandbox.standing import STANDING

Handler = Callable[[Object, str], Object]
LISTED = {
    "/v1/balance_transactions": "balance_transaction",
    "/v1/charges": "charge",
    "/v1/customers": "customer",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
    "/v1/files": "file",
    "/v1/invoice_payments": "invoice_payment",
    "/v1/invoices": "invoice",
    "/v1/payment_intents": "payment_intent",
    "/v1/payment_methods": "payment_method",
    "/v1/payouts": "payout",
    "/v1/billing_portal/configurations": "billing_portal.configuration",
    "/v1/prices": "price",
    "/v1/products": "product",
    "/v1/radar/early_fraud_warnings": "radar.early_fraud_warning",
    "/v1/refunds": "refund",
    "/v1/setup_intents": "setup_intent",
    "/v1/subscriptions": "subscription",
    "/v1/tax_rates": "tax_rate",
    "/v1/transfers": "transfer",
    "/v1/checkout/sessions": "checkout.session",
    "/v1/webhook_endpoints": "webhook_endpoint",
    "/v2/core/accounts": "v2.core.account",
    "/v2/core/event_destinations": "v2.core.event_destination",
    "/v2/core/events": "v2.core.event",
}


def writes(store: ObjectStore, base_url: str) -> dict[str, Handler]:
    """The addresses that the provider's clients post to."""
    return {
        "/v1/checkout/sessions": lambda form, _: checkout.create(store, form, base_url),
        "/v1/checkout/sessions/{id}/expire": lambda _, id: checkout.expire(store, id),
        "/v1/payment_intents": lambda form, _: off_session.create_intent(store, form),
        "/v1/payment_intents/{id}/cancel": lambda _, id: off_session.cancel(store, id),
        "/v1/payment_methods/{id}/detach": lambda _, id: off_session.detach(store, id),
        "/v1/tax/calculations": lambda form, _: off_session.calculate_tax(store, form),
        "/v1/refunds": lambda form, _: payments.create_refund(store, form),
        "/v1/files": lambda form, _: files.upload(store, form),
        "/v1/disputes/{id}": lambda form, id: disputes.take_evidence(store, id, form),
        "/v1/transfers": lambda form, _: connect.create_transfer(store, form),
        "/v1/transfers/{id}/reversals": lambda form, id: connect.reverse(store, id, form),
        "/v1/customers": lambda form, _: catalogue.create_customer(store, form),
        "/v1/customers/{id}/balance_transactions": lambda form, id: customer_credit.adjust(
            store, id, form
        ),
        "/v1/products": lambda form, _: catalogue.create_product(store, form),
        "/v1/prices": lambda form, _: catalogue.create_price(store, form),
        "/v1/invoices/create_preview": lambda form, _: subscriptions.preview(store, form),
        "/v1/subscriptions/{id}": lambda form, id: subscriptions.update(store, id, form, base_url),
        "/v1/billing_portal/configurations": lambda form, _: _portal_configuration(store, form),
        "/v1/billing_portal/sessions": lambda form, _: _portal(store, form, base_url),
        "/v1/billing/meter_events": lambda form, _: _meter_event(store, form),
        "/v1/balance_settings": lambda form, _: balance.change_settings(store, form),
        "/v1/webhook_endpoints": lambda form, _: endpoints.create_endpoint(store, form),
        "/v1/webhook_endpoints/{id}": lambda form, id: endpoints.update_endpoint(store, id, form),
        "/v2/core/accounts": lambda form, _: connect.create_account(store, form),
        "/v2/core/account_links": lambda form, _: connect.link(store, form, base_url),
        "/v2/core/event_destinations": lambda form, _: endpoints.create_destination(store, form),
        "/v2/core/event_destinations/{id}/disable": lambda _, id: endpoints.set_status(
            store, id, "disabled"
        ),
        "/v2/core/event_destinations/{id}/enable": lambda _, id: endpoints.set_status(
            store, id, "enabled"
        ),
        "/v2/core/event_destinations/{id}": lambda form, id: endpoints.update_destination(
            store, id, form
        ),
    }


def controls(store: ObjectStore) -> dict[str, Handler]:
    """What happens at banks, to time and on the provider's own pages, under `/_sandbox`."""
    return {
        "/refunds/{id}/return": lambda _, id: payments.return_refund(store, id),
        "/refunds/{id}/settle": lambda _, id: payments.settle_refund(store, id),
        "/disputes": lambda form, _: disputes.begin(store, form),
        "/disputes/{id}": lambda form, id: disputes.decide(store, id, form["status"]),
        "/charges/{id}/book": lambda _, id: payments.book_late(store, id),
        "/charges/{id}/warn": lambda _, id: payments.warn(store, id),
        "/payment_intents/{id}/settle": lambda form, id: off_session.settle(
            store, id, paid=form.get("paid", True)
        ),
        "/sessions/{id}/expire": lambda _, id: checkout.expire(store, id),
        "/sessions/{id}/settle": lambda form, id: checkout.settle(
            store, id, paid=form.get("paid", True)
        ),
        "/sessions/{id}/authenticate": lambda form, id: subscriptions.authenticate(
            store, id, passed=form.get("passed", True)
        ),
        "/subscriptions/{id}/renew": lambda form, id: subscriptions.renew(
            store, id, paid=form.get("paid", True)
        ),
        "/subscriptions/{id}/pass": lambda form, id: subscriptions.let_pass(
            store, id, form["seconds"]
        ),
        "/subscriptions/{id}/announce": lambda _, id: subscriptions.announce(store, id),
        "/subscriptions/{id}/switch": lambda form, id: subscriptions.switch(
            store, id, form["price"]
        ),
        "/subscriptions/{id}/forget_pending": lambda _, id: subscriptions.forget_pending(store, id),
        "/invoices/{id}/collect": lambda form, id: subscriptions.collect(
            store, id, paid=form.get("paid", True)
        ),
        "/balance/settle": lambda _, __: balance.settle(store),
        "/balance/pay_out": lambda _, __: balance.pay_out(store),
        "/balance/correct": lambda form, _: balance.correct(
            store, form["type"], form["amount"], form["currency"]
        ),
        "/balance/top_up": lambda form, _: balance.top_up(store, form["amount"], form["currency"]),
        "/accounts/{id}/onboard": lambda _, id: connect.complete_onboarding(store, id),
        "/accounts/{id}/restrict": lambda _, id: connect.restrict(store, id),
        "/accounts/{id}/pay_out": lambda _, id: connect.pay_out(store, id),
    }


def reads(store: ObjectStore) -> dict[str, Callable[[], Object]]:
    """The objects of which the platform has one."""
    return {
        "/v1/balance": lambda: balance.show(store),
        "/v1/balance_settings": lambda: balance.settings(store),
    }


def _portal_configuration(store: ObjectStore, form: Object) -> Object:
    """What the portal lets subscribers do, as asked and otherwise nothing."""
    features = copy.deepcopy(STANDING["billing_portal.configuration"]["features"])
    for name, asked in form["features"].items():
        enabled = is_true(asked.get("enabled"))
        given = {key: value for key, value in asked.items() if key != "enabled"}
        features[name].update(given, enabled=enabled)
    return store.make(
        "billing_portal.configuration",
        "bpc",
        features=features,
        metadata=form.get("metadata", {}),
        updated=now(),
    )


def _portal(store: ObjectStore, form: Object, base_url: str) -> Object:
    identifier = new_id("bps")
    return store.make(
        "billing_portal.session",
        "bps",
        identifier=identifier,
        customer=store.get(form["customer"], "customer")["id"],
        **({"configuration": form["configuration"]} if "configuration" in form else {}),
        return_url=form.get("return_url"),
        url=f"{base_url}/c/portal/{identifier}",
    )


def _meter_event(store: ObjectStore, form: Object) -> Object:
    """Usage told to a meter; it has no id but the client's own."""
    identifier = form.get("identifier") or new_id("mev")
    body = shapes.complete(
        "billing.meter_event",
        {
            "object": "billing.meter_event",
            "created": now(),
            "timestamp": int(form.get("timestamp", now())),
            "livemode": False,
            "event_name": form["event_name"],
            "identifier": identifier,
            "payload": form["payload"],
        },
    )
    return store.put(body, f"meter-event-{identifier}")
