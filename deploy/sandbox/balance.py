"""The platform's balance: what moves it, what of it is available, and its bank."""

from __future__ import annotations

import time

from deploy.sandbox import shapes
from deploy.sandbox.objects import ObjectStore
from deploy.sandbox.shapes import Object

A_DAY = 24 * 3600
REPORTED_AS = {"transfer_refund": "transfer_reversal", "adjustment": "dispute"}
ALONE = {"adjustment": "other_adjustment", "stripe_fee": "fee"}  # what is about no object


def move(
    store: ObjectStore, kind: str, source: str | None, amount: int, currency: str, fee: int = 0
) -> Object:
    """A balance transaction of the platform, in the currency in which it settles.

    fee: what the provider keeps, in that same currency.
    """
    behaviours, rate = store.behaviours, None
    if behaviours.settles_in and currency != behaviours.settles_in:
        rate, currency = behaviours.exchange_rate, behaviours.settles_in
        amount = round(amount * rate)
    now = int(time.time())
    waits = behaviours.pending_days if kind == "charge" else 0
    fees = [{"amount": fee, "currency": currency, "type": "stripe_fee"}] if fee else []
    return store.make(
        "balance_transaction",
        "txn",
        type=kind,
        reporting_category=REPORTED_AS.get(kind, kind) if source else ALONE.get(kind, kind),
        source=source,
        amount=amount,
        currency=currency,
        exchange_rate=rate,
        fee=fee,
        fee_details=fees,
        net=amount - fee,
        available_on=now + waits * A_DAY,
        status="pending" if waits else "available",
    )


def amounts(store: ObjectStore, status: str) -> dict[str, int]:
    """What is pending or available, by currency."""
    found: dict[str, int] = {}
    for movement in store.all_of("balance_transaction", lambda m: m["status"] == status):
        currency = movement["currency"]
        found[currency] = found.get(currency, 0) + movement["net"]
    return found


def show(store: ObjectStore) -> Object:
    """The balance as the provider shows it; it has no id."""

    def by_currency(status: str) -> list[Object]:
        found = amounts(store, status) or {"usd": 0}
        return [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in sorted(found.items())
        ]

    return shapes.complete(
        "balance",
        {
            "object": "balance",
            "livemode": False,
            "available": by_currency("available"),
            "pending": by_currency("pending"),
            "connect_reserved": [{"amount": 0, "currency": "usd"}],
        },
    )


def settle(store: ObjectStore) -> Object:
    """The days pass after which what is pending becomes available."""
    for movement in store.all_of("balance_transaction", lambda m: m["status"] == "pending"):
        movement.update(status="available", available_on=int(time.time()))
        store.put(movement)
    store.emit("balance.available", show(store))
    schedule = settings(store)["payments"]["payouts"]["schedule"]
    if store.behaviours.automatic_payouts and schedule["interval"] != "manual":
        pay_out(store)
    return show(store)


def pay_out(store: ObjectStore) -> Object:
    """Send to the platform's bank all that is available beyond the minimum that is kept."""
    kept = settings(store)["payments"]["payouts"]["minimum_balance_by_currency"] or {}
    for currency, available in amounts(store, "available").items():
        amount = available - kept.get(currency, 0)
        if amount <= 0:
            continue
        payout = store.make(
            "payout",
            "po",
            amount=amount,
            currency=currency,
            status="paid",
            arrival_date=int(time.time()) + 2 * A_DAY,
        )
        moved = move(store, "payout", payout["id"], -amount, currency)
        store.change(payout, balance_transaction=moved["id"])
        store.emit("payout.created", payout)
        store.emit("payout.paid", payout)
    return show(store)


def correct(store: ObjectStore, kind: str, amount: int, currency: str) -> Object:
    """The provider moves money of its own accord: a correction, a fee, or what it holds back."""
    return move(store, kind, None, amount, currency)


def top_up(store: ObjectStore, amount: int, currency: str) -> Object:
    """The platform adds money of its own to the balance."""
    topup = store.make(
        "topup", "tu", amount=amount, currency=currency, status="succeeded", description="Top-up"
    )
    moved = move(store, "topup", topup["id"], amount, currency)
    store.change(topup, balance_transaction=moved["id"])
    store.emit("topup.succeeded", topup)
    return topup


def settings(store: ObjectStore) -> Object:
    """When the balance is sent to the bank, and what of it is kept; it has no id."""
    kept = store.find("balance_settings")
    return kept or _settings("daily", {})


def _settings(interval: str, minimum: dict[str, int]) -> Object:
    payouts = {
        "schedule": {"interval": interval},
        "minimum_balance_by_currency": minimum or None,
        "status": "enabled",
    }
    payments = {"payouts": payouts, "settlement_timing": {"delay_days": 2}}
    return shapes.complete("balance_settings", {"object": "balance_settings", "payments": payments})


def change_settings(store: ObjectStore, form: Object) -> Object:
    """Choose another schedule of payouts, or what they leave; "" for a currency takes its minimum away."""
    known, asked = settings(store)["payments"]["payouts"], form["payments"]["payouts"]
    interval = asked.get("schedule", {}).get("interval", known["schedule"]["interval"])
    given = asked.get("minimum_balance_by_currency", {})
    minimum = (known["minimum_balance_by_currency"] or {}) | given
    wanted = {currency: int(amount) for currency, amount in minimum.items() if amount != ""}
    return store.put(_settings(interval, wanted), "balance_settings")
