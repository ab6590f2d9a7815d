"""Verbs on money: checkout, payment, provider events."""

from __future__ import annotations

import logging
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from marketplace.licensing import orders
from marketplace.licensing.models import Licence, Order
from marketplace.payouts import ledger, stripe_api, tasks
from marketplace.payouts.models import ProviderEvent

_log = logging.getLogger(__name__)


class PaymentMismatch(Exception):
    """What was paid is not what was ordered; a person must look."""


def begin_checkout(*, order: Order) -> str:
    """Where the buyer pays for an order; safe to repeat.

    Raises:
        PaymentProviderUnavailable: the order stays; try again.
    """
    back = settings.BASE_URL + reverse("storefront:paid", args=[order.public_id])
    checkout = stripe_api.create_checkout(
        order_public_id=str(order.public_id),
        name=f"{order.terms['voice_name']} · {order.terms['tier']} licence",
        price=order.price,
        email=order.buyer.email,
        success_url=back,
        cancel_url=settings.BASE_URL + reverse("storefront:voice", args=[order.terms["voice"]]),
    )
    orders.attach_checkout(order=order, session_id=checkout.id)
    assert checkout.url is not None
    return checkout.url


def confirm_payment(*, order: Order) -> Licence | None:
    """Ask the provider, then grant the licence and post the sale together; None if unpaid.

    Raises:
        PaymentProviderUnavailable: try again.
        PaymentMismatch: another amount or order was paid; nothing is granted.
    """
    if order.state == Order.State.PAID:
        return order.licence
    if not order.checkout_session:
        return None
    checkout = stripe_api.fetch_checkout(order.checkout_session)
    if not checkout.paid:
        return None
    if checkout.order_public_id != str(order.public_id) or checkout.amount != order.price:
        raise PaymentMismatch(f"{order} is for {order.price}, {checkout.amount} was paid.")
    with transaction.atomic():
        licence = orders.fulfil_order(order_id=order.pk, payment_intent=checkout.payment_intent)
        ledger.post_sale(order=licence.order, fee=checkout.fee)
    return licence


def receive_event(*, payload: bytes, signature: str) -> ProviderEvent:
    """Store a verified webhook, whatever happens next; a repeat is the same row.

    Raises:
        WebhookInvalid: not from the provider.
    """
    event_id, kind, object_id = stripe_api.read_webhook(payload, signature)
    with transaction.atomic():
        event, created = ProviderEvent.objects.get_or_create(
            event_id=event_id, defaults={"kind": kind, "object_id": object_id}
        )
        if created:
            transaction.on_commit(partial(tasks.process_event.delay, event.pk))
    return event


def order_by_public_id(public_id: str) -> Order | None:
    """The order a provider's object names; None for anything that is not ours."""
    try:
        return Order.objects.filter(public_id=UUID(public_id)).first()
    except ValueError:
        return None


def process_event(*, event_pk: int) -> None:
    """Act on an event once: it is only a hint, the provider is asked for the truth."""
    event = ProviderEvent.objects.get(pk=event_pk)
    if event.processed_at is not None:
        return
    if event.kind in ("checkout.session.completed", "checkout.session.async_payment_succeeded"):
        order = Order.objects.filter(checkout_session=event.object_id).first()
        if order is None:
            checkout = stripe_api.fetch_checkout(event.object_id)
            order = order_by_public_id(checkout.order_public_id)
            if order is not None:
                orders.attach_checkout(order=order, session_id=event.object_id)
                order.refresh_from_db()
        if order is not None:
            try:
                confirm_payment(order=order)
            except PaymentMismatch as error:
                _log.error("payment mismatch", extra={"fields": {"event": event.event_id}})
                ProviderEvent.objects.filter(pk=event.pk).update(error=str(error))
    ProviderEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now())
