"""A payment sandbox goes on with the file of an earlier one, whose objects had fewer fields."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from deploy.sandbox import checkout, connect, subscriptions
from deploy.sandbox.comparison import Comparison
from deploy.sandbox.objects import ObjectStore, published

PRICE = {"id": "price_1", "object": "price", "created": 1, "livemode": False, "product": "prod_1",
         "unit_amount": 990, "currency": "usd", "recurring": {"interval": "month"},
         "lookup_key": "plan", "active": True, "metadata": {}}  # fmt: skip
ITEM = {"id": "si_1", "object": "subscription_item", "price": PRICE, "quantity": 1,
        "current_period_start": 1_000, "current_period_end": 2_000}  # fmt: skip
TRANSFERS = {"stripe_balance": {"stripe_transfers": {"status": "active", "status_details": []}}}
KEPT: list[dict[str, Any]] = [
    {"id": "cs_1", "object": "checkout.session", "created": 1, "livemode": False,
     "mode": "payment", "status": "open", "payment_status": "unpaid", "amount_total": 1999,
     "total_details": {"amount_tax": 0, "amount_discount": 0, "amount_shipping": 0},
     "currency": "usd", "customer": None, "customer_email": "buyer@example.com",
     "success_url": "https://example.com", "line_name": "A licence", "line_items_asked": [],
     "intent_data": {"transfer_group": "1"}, "subscription_data": {}, "expires_at": 4_000_000_000},
    {"id": "acct_1", "object": "v2.core.account", "created": 1, "livemode": False,
     "contact_email": "creator@example.com", "display_name": "Creator", "dashboard": "express",
     "identity": {"country": "us"}, "applied_configurations": ["recipient"],
     "configuration": {"recipient": {"applied": True, "capabilities": TRANSFERS}},
     "requirements": {"entries": [{"description": "a document"}]}, "balances": {"usd": 500}},
    {"id": "cus_1", "object": "customer", "created": 1, "livemode": False, "email": "b@example.com",
     "name": None, "metadata": {}},
    {"id": "sub_1", "object": "subscription", "created": 1, "livemode": False, "status": "active",
     "customer": "cus_1", "currency": "usd", "cancel_at_period_end": False, "canceled_at": None,
     "metadata": {"plan": "basic"}, "latest_invoice": None,
     "items": {"object": "list", "has_more": False, "url": "", "data": [ITEM]}},
    {"id": "sandbox_tax", "object": "sandbox_tax", "percent": 20},
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    """A store that opened an earlier sandbox's file."""
    path = tmp_path / "payments.sqlite"
    with sqlite3.connect(path) as file:
        file.execute(
            "CREATE TABLE objects (id TEXT PRIMARY KEY, kind TEXT, number INTEGER, body TEXT)"
        )
        for number, body in enumerate(KEPT):
            row = (body["id"], body["object"], number, json.dumps(body))
            file.execute("INSERT INTO objects VALUES (?, ?, ?, ?)", row)
    ObjectStore(path)  # a second start changes nothing more
    return ObjectStore(path)


def test_what_was_kept_is_complete(store: ObjectStore) -> None:
    comparison = Comparison({})
    for kind in ("checkout.session", "customer", "subscription"):
        for body in store.all_of(kind):
            comparison.check(published(body))
    assert comparison.differences == set()
    assert comparison.objects == 6  # with the subscription's item, price and plan
    assert store.find("sandbox_tax") is None


def test_a_page_that_was_open_can_be_paid(store: ObjectStore) -> None:
    session = checkout.press(store, store.get("cs_1", "checkout.session"))
    assert session["payment_status"] == "paid"
    assert store.get(session["payment_intent"], "payment_intent")["transfer_group"] == "1"


def test_an_account_still_takes_transfers_and_has_its_money(store: ObjectStore) -> None:
    charge = store.get(
        checkout.press(store, store.get("cs_1", "checkout.session"))["payment_intent"],
        "payment_intent",
    )["latest_charge"]
    transfer = connect.create_transfer(
        store,
        {"amount": "100", "currency": "usd", "destination": "acct_1", "source_transaction": charge},
    )
    connect.reverse(store, transfer["id"], {})
    assert store.get("acct_1", "v2.core.account")["_sandbox"]["balances"] == {"usd": 500}


def test_a_subscription_is_renewed(store: ObjectStore) -> None:
    renewed = subscriptions.renew(store, "sub_1", paid=True)
    assert store.get(renewed["latest_invoice"], "invoice")["amount_paid"] == 990
