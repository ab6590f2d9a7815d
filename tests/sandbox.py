"""Telling the payment sandbox what the outside world does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from deploy.embedded.process import Child, free_port, listening
from marketplace.licensing.models import Licence, Order
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.creators import earnings, onboarding, transfers
from marketplace.payouts.incoming import checkout
from marketplace.payouts.models import PayoutAccount, Transfer
from tests import factories

ROOT = Path(__file__).resolve().parents[1]
began = timezone.now()  # when the running test did; conftest.py sets it
http = httpx.Client(timeout=20)  # one for all: each reads the certificates anew


def tell(path: str, **what: Any) -> dict[str, Any]:
    """POST to one of the sandbox's controls."""
    answer = http.post(f"{settings.STRIPE_API_BASE}/_sandbox/{path}", json=what)
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def behave(**how: Any) -> None:
    """Have the sandbox behave so, and otherwise as usual."""
    tell("behaviours", **how)


def follow_events(since: datetime | None = None) -> None:
    """Handle the provider's events since a time, or since this test began, as if they came now."""
    provider_events.replay(since=since or began, say=lambda line: None)


def press(url: str) -> None:
    """Press the button of one of the provider's pages."""
    assert http.post(url).status_code == 303


def latest_session() -> str:
    """The checkout session that was created last."""
    answer = http.get(
        f"{settings.STRIPE_API_BASE}/v1/checkout/sessions",
        params={"limit": 1},
        headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
    )
    found: str = answer.json()["data"][0]["id"]
    return found


def listed(kind: str, **filters: str) -> list[dict[str, Any]]:
    """Every object of a kind that the provider has, the oldest first."""
    found: list[dict[str, Any]] = []
    while True:
        more = {"starting_after": found[-1]["id"]} if found else {}
        answer = http.get(
            f"{settings.STRIPE_API_BASE}/v1/{kind}",
            params={"limit": 100, **filters, **more},
            headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
        )
        page = answer.raise_for_status().json()
        found += page["data"]
        if not page["has_more"]:
            return found[::-1]


def pay(order: Order) -> str:
    """Pay an order on the hosted page as its buyer; returns the id of the checkout session."""
    press(checkout.begin_checkout(order=order))
    order.refresh_from_db()
    return order.checkout_session


def buy(price: int = 1999, order: Order | None = None) -> Licence:
    """A licence that was ordered, paid in the sandbox and granted."""
    order = order or factories.make_order(factories.make_listing(price=price))
    pay(order)
    licence = checkout.confirm_payment(order=order)
    assert licence is not None
    return licence


def onboarded(licence: Licence) -> PayoutAccount:
    """The payout account of a licensed voice's creator, who went through the provider's pages."""
    creator = licence.voice.creator
    press(onboarding.begin_onboarding(creator=creator, by=creator.user))
    account = PayoutAccount.objects.get(creator=creator)
    onboarding.refresh(account.provider_id)
    account.refresh_from_db()
    return account


def claimed(licence: Licence) -> Transfer:
    """The transfer of all that a licensed voice's creator has earned, not yet sent."""
    earnings.release_due(timezone.now() + timedelta(days=60))
    [transfer] = transfers.claim_transfers(creator=licence.voice.creator, currency="USD")
    return transfer


@contextmanager
def own_sandbox() -> Iterator[None]:
    """A provider of its own, so that what others left there is not compared."""
    port = free_port()
    child = Child(
        "payments",
        [sys.executable, "-m", "deploy.sandbox.server", "--port", str(port),
         "--data", ":memory:", "--webhook-url", "http://127.0.0.1:9/unused"],
        env={"STRIPE_WEBHOOK_SECRET": "whsec_test_sandbox"}, cwd=str(ROOT),
    )  # fmt: skip
    child.start()
    try:
        child.wait_until(lambda: listening(port), 120)
        with override_settings(STRIPE_API_BASE=f"http://127.0.0.1:{port}"):
            stripe_api.forget_client()
            yield
    finally:
        stripe_api.forget_client()
        child.stop(3)
