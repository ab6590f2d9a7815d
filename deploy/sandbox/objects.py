"""The sandbox's objects, kept as JSON in one SQLite file."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

FEE_BPS, FEE_FIXED = 290, 30  # what a card payment costs: 2.9 % + 30 minor units


def new_id(prefix: str) -> str:
    """An id in the provider's style, e.g. cs_test_…"""
    return f"{prefix}_{secrets.token_hex(12)}"


class ObjectStore:
    """Objects by id, and answers by idempotency key."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._lock = threading.RLock()
        with self._db:
            self._db.execute("CREATE TABLE IF NOT EXISTS objects (id TEXT PRIMARY KEY, body TEXT)")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, request TEXT, body TEXT)"
            )

    def get(self, identifier: str) -> dict[str, Any] | None:
        with self._lock:
            row = self._db.execute("SELECT body FROM objects WHERE id = ?", [identifier]).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock, self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO objects VALUES (?, ?)", [body["id"], json.dumps(body)]
            )
        return body

    def answered(self, key: str) -> tuple[str, dict[str, Any]] | None:
        """(request, answer) that an idempotency key stands for."""
        with self._lock:
            row = self._db.execute(
                "SELECT request, body FROM answers WHERE key = ?", [key]
            ).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def remember(self, key: str, request: str, body: dict[str, Any]) -> None:
        with self._lock, self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", [key, request, json.dumps(body)]
            )

    def open_session(self, form: dict[str, Any], base_url: str) -> dict[str, Any]:
        """A Checkout Session that waits for the buyer."""
        items = form["line_items"]
        price = items[0]["price_data"]
        total = sum(
            int(item["price_data"]["unit_amount"]) * int(item.get("quantity", 1)) for item in items
        )
        identifier = new_id("cs_test")
        return self.put(
            {
                "id": identifier,
                "object": "checkout.session",
                "mode": form.get("mode", "payment"),
                "status": "open",
                "payment_status": "unpaid",
                "amount_total": total,
                "currency": price["currency"],
                "client_reference_id": form.get("client_reference_id"),
                "customer_email": form.get("customer_email"),
                "success_url": form["success_url"],
                "cancel_url": form.get("cancel_url"),
                "payment_intent": None,
                "transfer_group": form.get("payment_intent_data", {}).get("transfer_group"),
                "url": f"{base_url}/c/pay/{identifier}",
                "line_name": price["product_data"]["name"],
                "livemode": False,
                "created": int(time.time()),
            }
        )

    def pay_session(self, identifier: str) -> dict[str, Any]:
        """Complete a session with a payment, its charge and its balance transaction; once."""
        with self._lock:
            session = self.get(identifier)
            assert session is not None
            if session["status"] == "complete":
                return session
            amount, currency = session["amount_total"], session["currency"]
            fee = (amount * FEE_BPS + 5_000) // 10_000 + FEE_FIXED
            now = int(time.time())
            movement = self.put(
                {
                    "id": new_id("txn"),
                    "object": "balance_transaction",
                    "amount": amount,
                    "currency": currency,
                    "fee": fee,
                    "net": amount - fee,
                    "type": "charge",
                    "created": now,
                }
            )
            charge = self.put(
                {
                    "id": new_id("ch"),
                    "object": "charge",
                    "amount": amount,
                    "currency": currency,
                    "paid": True,
                    "status": "succeeded",
                    "balance_transaction": movement["id"],
                    "created": now,
                }
            )
            intent = self.put(
                {
                    "id": new_id("pi"),
                    "object": "payment_intent",
                    "amount": amount,
                    "amount_received": amount,
                    "currency": currency,
                    "status": "succeeded",
                    "latest_charge": charge["id"],
                    "transfer_group": session["transfer_group"],
                    "created": now,
                }
            )
            session.update(
                status="complete", payment_status="paid", payment_intent=intent["id"], url=None
            )
            return self.put(session)

    def expand(self, body: dict[str, Any], paths: list[str]) -> dict[str, Any]:
        """Replace ids by objects along dotted paths."""
        for path in paths:
            here: Any = body
            for name in path.split("."):
                if not isinstance(here, dict) or name not in here:
                    break
                if isinstance(here[name], str):
                    here[name] = self.get(here[name]) or here[name]
                here = here[name]
        return body
