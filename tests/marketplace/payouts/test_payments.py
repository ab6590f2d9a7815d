"""Buying with the real `stripe` client against the sandbox; webhooks."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.test import Client
from django.utils import timezone

from deploy.sandbox.delivery import sign
from deploy.sandbox.parameters import parse_form
from marketplace.consent.withdrawal import revoke
from marketplace.licensing.models import Licence, Order
from marketplace.licensing.orders import place_order
from marketplace.money import Money
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.incoming import checkout
from marketplace.payouts.models import LedgerEntry, Payment, ProviderEvent
from marketplace.payouts.returning import refunds
from marketplace.refusals import (
    PaymentMismatch,
    PaymentProviderUnavailable,
    Refused,
    WebhookInvalid,
)
from tests import factories
from tests.sandbox import pay

pytestmark = pytest.mark.django_db


def _webhook(client: Client, session: str, event_id: str = "", secret: str = "") -> int:
    payload = json.dumps(
        {
            "id": event_id or f"evt_{uuid.uuid4().hex}",
            "object": "event",
            "type": "checkout.session.completed",
            "data": {"object": {"id": session, "object": "checkout.session"}},
        }
    )
    signature = sign(payload, secret or settings.STRIPE_WEBHOOK_SECRETS[0])
    answer = client.post(
        "/webhooks/stripe", payload, content_type="application/json",
        headers={"Stripe-Signature": signature},
    )  # fmt: skip
    return answer.status_code


def test_a_paid_order_becomes_one_licence_and_one_sale() -> None:
    order = factories.make_order()
    session = pay(order)
    licence = checkout.confirm_payment(order=order)
    again = checkout.confirm_payment(order=Order.objects.get(pk=order.pk))
    assert licence == again == Licence.objects.get()
    assert licence.terms == order.terms
    assert licence.characters_included == 1_000
    sale = LedgerEntry.objects.get(kind="sale")
    assert sorted(line.amount_minor for line in sale.lines.all()) == [-1699, -300, 1999]
    fee = LedgerEntry.objects.get(kind="fee")
    assert sorted(line.amount_minor for line in fee.lines.all()) == [-88, 88]
    assert stripe_api.fetch_checkout(session).fee == Money(88, "USD")


def test_an_unpaid_order_gives_nothing() -> None:
    order = factories.make_order()
    checkout.begin_checkout(order=order)
    order.refresh_from_db()
    assert checkout.confirm_payment(order=order) is None
    assert not Licence.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_the_same_order_always_gets_the_same_checkout() -> None:
    order = factories.make_order()
    assert checkout.begin_checkout(order=order) == checkout.begin_checkout(order=order)


def test_another_amount_than_ordered_grants_nothing() -> None:
    order = factories.make_order()
    pay(order)
    Order.objects.filter(pk=order.pk).update(price_minor=1)
    with pytest.raises(PaymentMismatch):
        checkout.confirm_payment(order=Order.objects.get(pk=order.pk))
    assert not Licence.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_webhook_alone_is_enough(client: Client) -> None:
    order = factories.make_order()
    session = pay(order)
    Order.objects.filter(pk=order.pk).update(checkout_session="")
    assert _webhook(client, session) == 204
    provider_events.process_event(event_pk=ProviderEvent.objects.get().pk)
    assert Licence.objects.get().order == order


def test_webhooks_may_repeat_and_come_late(client: Client) -> None:
    order = factories.make_order()
    session = pay(order)
    checkout.confirm_payment(order=order)
    for event_id in ("evt_1", "evt_1", "evt_2"):
        assert _webhook(client, session, event_id) == 204
    assert ProviderEvent.objects.count() == 2
    for event in ProviderEvent.objects.all():
        provider_events.process_event(event_pk=event.pk)
        provider_events.process_event(event_pk=event.pk)
    assert Licence.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="sale").count() == 1


def test_a_webhook_that_nobody_signed_is_refused(client: Client) -> None:
    assert _webhook(client, "cs_test_x", secret="whsec_somebody_else") == 400
    assert (
        client.post("/webhooks/stripe", b"{}", content_type="application/json").status_code == 400
    )
    assert not ProviderEvent.objects.exists()


def test_a_webhook_that_claims_a_payment_is_not_believed(client: Client) -> None:
    order = factories.make_order()
    checkout.begin_checkout(order=order)
    order.refresh_from_db()
    assert _webhook(client, order.checkout_session) == 204
    provider_events.process_event(event_pk=ProviderEvent.objects.get().pk)
    assert not Licence.objects.exists()


def test_own_voice_and_voices_off_sale_are_not_sold() -> None:
    listing = factories.make_listing()
    with pytest.raises(Refused) as refusal:
        place_order(buyer=listing.voice.creator.user, offer=listing.offers.get())
    assert refusal.value.code == "own_voice"
    hidden = factories.make_listing(state="suspended")
    with pytest.raises(Refused) as refusal:
        place_order(buyer=factories.make_user(), offer=hidden.offers.get())
    assert refusal.value.code == "not_on_sale"
    assert not Order.objects.exists()


def test_terms_are_frozen_when_the_creator_changes_them() -> None:
    listing = factories.make_listing()
    order = factories.make_order(listing)
    listing.offers.update(price_minor=9_999, characters=5)
    pay(order)
    licence = checkout.confirm_payment(order=order)
    assert licence is not None
    assert licence.terms["price_minor"] == 1999
    assert licence.characters_included == 1_000


def test_a_provider_that_is_away_is_reported_and_the_order_stays(settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    stripe_api.forget_client()
    try:
        order = factories.make_order()
        with pytest.raises(PaymentProviderUnavailable):
            checkout.begin_checkout(order=order)
        assert Order.objects.get().state == Order.State.PENDING
    finally:
        stripe_api.forget_client()


def test_the_sandbox_speaks_stripes_language() -> None:
    client = stripe.StripeClient(
        "sk_test_sandbox", base_addresses={"api": settings.STRIPE_API_BASE}, max_network_retries=0
    )
    with pytest.raises(stripe.InvalidRequestError, match="line_items"):
        client.v1.checkout.sessions.create({"mode": "payment"})
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        client.v1.payment_intents.retrieve("pi_nobody")
    stranger = stripe.StripeClient(
        "sk_test_other", base_addresses={"api": settings.STRIPE_API_BASE}, max_network_retries=0
    )
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.payment_intents.retrieve("pi_nobody")


def test_form_encoding_is_read_as_stripe_writes_it() -> None:
    assert parse_form(b"a=1&b[c]=2&d[0][e]=3&d[1][e]=4") == {
        "a": "1", "b": {"c": "2"}, "d": [{"e": "3"}, {"e": "4"}],
    }  # fmt: skip


def test_an_old_signature_is_refused() -> None:
    payload = "{}"
    header = sign(payload, settings.STRIPE_WEBHOOK_SECRETS[0])
    old = header.replace(header.split(",")[0], f"t={int(time.time()) - 1000}")
    with pytest.raises(WebhookInvalid):
        stripe_api.read_webhook(payload.encode(), old)


def test_posting_twice_posts_once() -> None:
    cash = ledger.account("stripe_clearing", "USD")
    fees = ledger.account("processing_fees", "USD")
    for _ in range(2):
        ledger.post(kind="fee", idempotency_key="once", lines=[(cash, 5), (fees, -5)])
    assert ledger.balance(cash) == Money(5, "USD")


def test_what_is_paid_too_late_is_owed_and_goes_back_whole(client: Client) -> None:
    order = factories.make_order()
    voice = order.offer.listing.voice
    pay(order)
    revoke(consent=voice.consents.get(), by=voice.creator.user)
    for _ in range(2):
        assert checkout.confirm_payment(order=order) is None
    payment = Payment.objects.get(order=order)
    assert payment.kind == Payment.Kind.TOO_LATE
    assert not payment.earnings.exists()
    owed = ledger.account(ledger.Kind.REFUNDS_OWED, "USD")
    assert ledger.balance(owed).minor == -payment.amount_minor
    now = timezone.now()
    assert all(report.adds_up for report in finance_report(now.year, now.month))
    refund = payment.refunds.get()
    refunds.send_refund(refund_id=refund.pk)
    payment.refresh_from_db()
    assert payment.refunded_minor == payment.amount_minor
    assert ledger.balance(owed).minor == 0
    client.force_login(order.buyer)
    assert "came too late" in client.get(f"/orders/{order.public_id}/paid").text
    assert "paid too late" in client.get("/payments").text
    assert client.get(f"/payments/{payment.public_id}.pdf").status_code == 200
