"""What we require of the payment provider: always tested on the sandbox, on Stripe with a test key.

`TIMBRE_LIVE_STRIPE_KEY=sk_test_… make test-all` runs the same tests against the real thing.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.refusals import ProviderRefused

WITHOUT_ID = ("balance.available", "invoice.upcoming")  # events about what has no id
KEY = os.environ.get("TIMBRE_LIVE_STRIPE_KEY", "")
live = pytest.param(
    "live",
    marks=[
        pytest.mark.live_stripe,
        pytest.mark.skipif(not KEY, reason="No test key of Stripe in TIMBRE_LIVE_STRIPE_KEY."),
    ],
)


@pytest.fixture(params=["sandbox", live], autouse=True)
def provider(request: Any, settings: Any) -> Iterator[str]:
    if request.param == "live":
        assert KEY.startswith(("sk_test_", "rk_test_")), "never with a live key"
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = "", KEY
    stripe_api.forget_client()
    yield request.param
    stripe_api.forget_client()


def _checkout(key: str) -> stripe_api.Checkout:
    return stripe_api.create_checkout(
        reference=key, name="A licence", price=Money(1999, "USD"), email="buyer@example.com",
        success_url="https://example.com/ok", cancel_url="https://example.com/no", key=key,
    )  # fmt: skip


def test_a_checkout_waits_to_be_paid_and_the_same_key_gives_the_same() -> None:
    key = f"test-{uuid.uuid4()}"
    first, again = _checkout(key), _checkout(key)
    assert first.id == again.id
    found = stripe_api.fetch_checkout(first.id)
    assert (found.paid, found.reference, found.amount) == (False, key, Money(1999, "USD"))
    assert found.url
    assert found.url.startswith("http")


def test_what_does_not_exist_is_refused_and_not_unavailable() -> None:
    with pytest.raises(ProviderRefused):
        stripe_api.fetch_checkout("cs_test_nobody")
    with pytest.raises(ProviderRefused):
        stripe_api.create_refund(
            payment_intent="pi_nobody", amount=Money(1, "USD"), key=str(uuid.uuid4()),
            public_id="", may_exist=False,
        )  # fmt: skip


def test_a_plan_has_one_price_however_often_it_is_asked_for() -> None:
    asked = {"plan": "contract", "name": "Contract test", "price": Money(990, "USD")}
    assert stripe_api.ensure_price(**asked) == stripe_api.ensure_price(**asked)  # type: ignore[arg-type]


def test_a_new_creators_account_takes_no_transfers_yet() -> None:
    account = stripe_api.create_account(
        email="creator@example.com", name="Creator", country="US", key=f"test-{uuid.uuid4()}"
    )
    found = stripe_api.fetch_account(account.id)
    assert not found.transfers_active
    link = stripe_api.onboarding_link(
        account_id=account.id, return_url="https://example.com/ok",
        refresh_url="https://example.com/again",
    )  # fmt: skip
    assert link.startswith("http")
    since = timezone.now() - timedelta(hours=1)
    wanted = f"transfer-{uuid.uuid4()}"
    assert stripe_api.find_transfer(wanted, account=account.id, since=since) is None


def test_events_and_movements_can_be_listed() -> None:
    _checkout(f"test-{uuid.uuid4()}")
    since = timezone.now() - timedelta(hours=1)
    for event_id, kind, object_id in stripe_api.list_events(since):
        assert event_id.startswith("evt_")
        assert kind
        assert object_id or kind in WITHOUT_ID
    for movement in stripe_api.movements(since, timezone.now()):
        assert movement.currency.isupper()
