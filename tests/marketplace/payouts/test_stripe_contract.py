"""What we require of the payment provider: always tested on the sandbox, on Stripe with a test key.

`TIMBRE_LIVE_STRIPE_KEY=sk_test_… make test-all` runs the same tests against the real thing, and with
`TIMBRE_LIVE_STRIPE_ACCOUNT=acct_…`, a test account that takes transfers, those about transfers too.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.stripe_api.client import client
from marketplace.refusals import ProviderRefused
from tests.sandbox import press, tell

WITHOUT_ID = ("balance.available", "invoice.upcoming")  # events about what has no id
KEY = os.environ.get("TIMBRE_LIVE_STRIPE_KEY", "")
ACCOUNT = os.environ.get("TIMBRE_LIVE_STRIPE_ACCOUNT", "")
PATIENCE = 60  # seconds, until the provider has done what it does by itself
PRICE = Money(1999, "USD")
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


def _saved_card(provider: str, kind: str = "pm_card_visa") -> tuple[str, str]:
    """(customer, payment method) of a test card; in the sandbox, its owner saves one on a page."""
    key = f"test-{uuid.uuid4()}"
    if provider == "live":
        customer = client().v1.customers.create({"email": "buyer@example.com"}).id
        return customer, client().v1.payment_methods.attach(kind, {"customer": customer}).id
    page = stripe_api.create_setup(
        reference=key, email="buyer@example.com", customer="", saves="We may charge it.",
        success_url="https://example.com/ok", cancel_url="https://example.com/no", key=key,
    )  # fmt: skip
    assert page.url
    press(page.url)
    saved = stripe_api.fetch_checkout(page.id)
    return saved.customer, saved.method


def _paid(provider: str, kind: str = "pm_card_visa") -> stripe_api.OffSessionPayment:
    customer, method = _saved_card(provider, kind)
    key = f"test-{uuid.uuid4()}"
    charged = {"customer": customer, "method": method, "price": PRICE, "reference": key, "attempt": 1,
               "name": "A licence", "key": key}  # fmt: skip
    first, again = (stripe_api.charge_off_session(**charged) for _ in range(2))  # type: ignore[arg-type]
    assert first.id == again.id
    return first


def _eventually(look: Callable[[], Any]) -> Any:
    """What comes of looking again and again, once there is something."""
    until = time.monotonic() + PATIENCE
    while not (found := look()) and time.monotonic() < until:
        time.sleep(1)
    return found


def test_a_saved_test_card_pays_once_and_the_payment_is_found_by_what_it_was_for(
    provider: str,
) -> None:
    since = timezone.now() - timedelta(hours=1)
    paid = _paid(provider)
    assert (paid.paid, paid.problem, paid.amount) == (True, "", PRICE)
    assert paid.charge
    customer = str(client().v1.payment_intents.retrieve(paid.id).customer)
    found = stripe_api.find_off_session(
        customer=customer, reference=paid.reference, attempt=1, since=since
    )
    assert found is not None
    assert (found.id, found.charge) == (paid.id, paid.charge)
    other = stripe_api.find_off_session(
        customer=customer, reference=paid.reference, attempt=2, since=since
    )
    assert other is None
    settled = _eventually(lambda: stripe_api.fetch_off_session(paid.id).settled)
    assert settled.source == paid.charge


def test_a_refund_is_made_once_and_can_be_looked_up(provider: str) -> None:
    paid = _paid(provider)
    wanted: dict[str, Any] = {
        "payment_intent": paid.id, "amount": Money(500, "USD"), "key": f"test-{uuid.uuid4()}",
        "public_id": str(uuid.uuid4()),
    }  # fmt: skip
    made = stripe_api.create_refund(**wanted, may_exist=False)
    assert stripe_api.create_refund(**wanted, may_exist=False).id == made.id
    again = stripe_api.create_refund(**{**wanted, "key": f"test-{uuid.uuid4()}"}, may_exist=True)
    assert again.id == made.id
    found = stripe_api.fetch_refund(made.id)
    assert (found.charge, found.amount, found.failed) == (paid.charge, Money(500, "USD"), False)
    assert [each.id for each in stripe_api.refunds_of(paid.id)] == [made.id]
    with pytest.raises(ProviderRefused):
        stripe_api.create_refund(
            payment_intent=paid.id, amount=PRICE, key=f"test-{uuid.uuid4()}", public_id="x",
            may_exist=False,
        )  # fmt: skip


def _disputed(provider: str, paid: stripe_api.OffSessionPayment) -> str:
    """The dispute of a payment: the test card's own, or the sandbox's bank's; heard of as an event."""
    since = timezone.now() - timedelta(hours=1)
    if provider != "live":
        tell("disputes", charge=paid.charge)

    def heard() -> str:
        for _, kind, object_id in stripe_api.list_events(since):
            about_it = kind == "charge.dispute.created"
            if about_it and stripe_api.fetch_dispute(object_id).charge == paid.charge:
                return object_id
        return ""

    return str(_eventually(heard))


def test_a_dispute_is_heard_of_and_takes_evidence(provider: str) -> None:
    paid = _paid(provider, "pm_card_createDispute")
    identifier = _disputed(provider, paid)
    found = stripe_api.fetch_dispute(identifier)
    assert (found.charge, found.amount, found.reason) == (paid.charge, PRICE, "fraudulent")
    assert (found.status, found.submissions) == ("needs_response", 0)
    assert found.taken_minor == PRICE.minor
    assert found.fee_minor > 0
    assert found.due_by is not None and found.due_by > timezone.now()
    key = f"test-{uuid.uuid4()}"
    stripe_api.submit_evidence(
        dispute=identifier, evidence={"uncategorized_text": "winning_evidence"}, key=key
    )
    assert stripe_api.fetch_dispute(identifier).submissions == 1


def _subscribed(provider: str, price: str) -> str:
    """A subscription to a plan's price: on the page where one subscribes, or by a saved test card."""
    key = f"test-{uuid.uuid4()}"
    page = stripe_api.create_subscription_checkout(
        price=price, plan="contract", organization=key, buyer="1", email="buyer@example.com",
        success_url="https://example.com/ok", cancel_url="https://example.com/no", key=key,
    )  # fmt: skip
    assert page.startswith("http")
    metadata = {"plan": "contract", "organization": key, "buyer": "1"}
    if provider == "live":  # nobody presses the button of Stripe's page
        customer, method = _saved_card(provider)
        made = client().v1.subscriptions.create(
            {"customer": customer, "items": [{"price": price}], "default_payment_method": method,
             "metadata": metadata}
        )  # fmt: skip
        return made.id
    press(page)
    made_for = [
        each.id
        for each in client().v1.subscriptions.list({"limit": 100}).auto_paging_iter()
        if each.metadata.to_dict().get("organization") == key
    ]
    return made_for[0]


def test_a_plan_is_subscribed_to_paid_and_ended(provider: str) -> None:
    price = stripe_api.ensure_price(plan="contract", name="Contract test", price=Money(990, "USD"))
    identifier = _subscribed(provider, price)
    found = stripe_api.fetch_subscription(identifier)
    assert (found.status, found.plan, found.cancels, found.yearly) == (
        "active", "contract", False, False,
    )  # fmt: skip
    invoice_id = str(client().v1.subscriptions.retrieve(identifier).latest_invoice)
    invoice = _eventually(lambda: stripe_api.fetch_invoice(invoice_id))
    assert (invoice.subscription, invoice.reason) == (identifier, "subscription_create")
    assert (invoice.plan, invoice.amount) == ("contract", Money(990, "USD"))
    assert invoice.charge
    begins, ends = invoice.period
    assert 27 <= (ends - begins) / 86_400 <= 32
    stripe_api.cancel_subscription(identifier)
    assert stripe_api.fetch_subscription(identifier).status == "canceled"
    with pytest.raises(ProviderRefused):
        stripe_api.cancel_subscription(identifier)


def _account_that_takes_transfers(provider: str) -> str:
    if provider == "live":
        if not ACCOUNT:
            pytest.skip("No test account in TIMBRE_LIVE_STRIPE_ACCOUNT.")
        return ACCOUNT
    made = stripe_api.create_account(
        email="creator@example.com", name="Creator", country="US", key=f"test-{uuid.uuid4()}"
    )
    tell(f"accounts/{made.id}/onboard")
    return made.id


def test_a_transfer_is_made_once_is_found_and_can_be_taken_back(provider: str) -> None:
    account = _account_that_takes_transfers(provider)
    assert stripe_api.fetch_account(account).transfers_active
    paid = _paid(provider)
    since, group = timezone.now() - timedelta(hours=1), f"transfer-{uuid.uuid4()}"
    wanted: dict[str, Any] = {"amount": Money(1_000, "USD"), "account": account, "group": group,
                              "key": group, "charge": paid.charge}  # fmt: skip
    first, again = (stripe_api.create_transfer(**wanted) for _ in range(2))
    assert first == again == stripe_api.find_transfer(group, account=account, since=since)
    back: dict[str, Any] = {"transfer": first, "amount_minor": 400, "public_id": str(uuid.uuid4())}
    reversal = stripe_api.reverse_transfer(**back, may_exist=False)
    assert stripe_api.reverse_transfer(**back, may_exist=True) == reversal
