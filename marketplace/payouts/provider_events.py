"""The provider's events: stored unconditionally, then acted on once, as hints.

No payload is trusted: each handler fetches the current state from the provider and updates our
rows, so order, repeats and late arrivals don't matter.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from marketplace.licensing import orders
from marketplace.licensing.models import Order
from marketplace.payouts import stripe_api
from marketplace.payouts.creators import onboarding
from marketplace.payouts.incoming import checkout, credits, subscriptions
from marketplace.payouts.models import CreditOrder, Payment, ProviderEvent, Refund
from marketplace.payouts.returning import disputes, refunds
from marketplace.queue import Work, at_commit
from marketplace.refusals import PaymentMismatch, ProviderRefused

_log = logging.getLogger(__name__)
Handler = Callable[[str], None]


def receive_event(*, payload: bytes, signature: str) -> ProviderEvent:
    """Store a verified webhook unconditionally; a repeat returns the same row.

    Raises:
        WebhookInvalid: not from the provider.
    """
    return store_event(*stripe_api.read_webhook(payload, signature))


def store_event(event_id: str, kind: str, object_id: str) -> ProviderEvent:
    """Store an event and queue its processing, once."""
    with transaction.atomic():
        event, created = ProviderEvent.objects.get_or_create(
            event_id=event_id, defaults={"kind": kind, "object_id": object_id}
        )
        if created:
            at_commit(Work.PROCESS_EVENT, event.pk)
    return event


def process_event(*, event_pk: int) -> None:
    """Act on an event; if that can never succeed, the event stores the reason for a person.

    Raises:
        PaymentProviderUnavailable: the event stays unprocessed; try again.
    """
    event = ProviderEvent.objects.get(pk=event_pk)
    if event.processed_at is not None:
        return
    handler = HANDLERS.get(event.kind)
    error = ""
    if handler is not None:
        try:
            handler(event.object_id)
        except (PaymentMismatch, ProviderRefused) as problem:
            error = str(problem)
            _log.error("event failed", extra={"fields": {"event": event.event_id, "why": error}})
    ProviderEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now(), error=error)


def replay(*, since: datetime, say: Callable[[str], None]) -> int:
    """Fetch every event since a time again and act on each; returns how many."""
    count = 0
    for event_id, kind, object_id in stripe_api.list_events(since):
        event = store_event(event_id, kind, object_id)
        ProviderEvent.objects.filter(pk=event.pk).update(processed_at=None, error="")
        process_event(event_pk=event.pk)
        say(f"{event_id}  {kind}  {object_id}")
        count += 1
    return count


def sweep() -> int:
    """Store events of the last three days that never reached us; returns how many."""
    stored = set(
        ProviderEvent.objects.filter(
            received_at__gte=timezone.now() - timedelta(days=4)
        ).values_list("event_id", flat=True)
    )
    missed = [
        event
        for event in stripe_api.list_events(timezone.now() - timedelta(days=3))
        if event[0] not in stored
    ]
    for event in missed:
        store_event(*event)
    return len(missed)


def order_of(reference: str) -> Order | None:
    """The order that a provider's object names; None if it is not ours."""
    try:
        return Order.objects.filter(public_id=UUID(reference)).first()
    except ValueError:
        return None


def _checkout_changed(session_id: str) -> None:
    credit_order = CreditOrder.objects.filter(checkout_session=session_id).first()
    if credit_order is not None:
        credits.confirm_credit(order=credit_order)
        return
    order = Order.objects.filter(checkout_session=session_id).first()
    if order is None:
        order = order_of(stripe_api.fetch_checkout(session_id).reference)
        if order is None:
            return
        orders.attach_checkout(order=order, session_id=session_id)
        order.refresh_from_db()
    checkout.confirm_payment(order=order)


def _checkout_expired(session_id: str) -> None:
    order = Order.objects.filter(checkout_session=session_id).first()
    if order is not None and stripe_api.fetch_checkout(session_id).expired:
        orders.cancel_order(order=order)


def _subscription_changed(subscription_id: str) -> None:
    subscriptions.refresh_subscription(subscription_id)


def _invoice_paid(invoice_id: str) -> None:
    subscriptions.record_invoice(invoice_id)


def _payment_of_charge(charge_id: str) -> Payment | None:
    return Payment.objects.filter(charge=charge_id).first()


def _charge_refunded(charge_id: str) -> None:
    payment = _payment_of_charge(charge_id)
    if payment is None:
        return
    for refund in stripe_api.refunds_of(payment.payment_intent):
        _follow_refund(payment, refund)


def _refund_changed(refund_id: str) -> None:
    refund = stripe_api.fetch_refund(refund_id)
    payment = _payment_of_charge(refund.charge)
    if payment is not None:
        _follow_refund(payment, refund)


def _follow_refund(payment: Payment, refund: stripe_api.ProviderRefund) -> None:
    ours = payment.refunds.filter(provider_id=refund.id).first()
    if ours is None and (public_id := _uuid(refund.reference)) is not None:
        ours = payment.refunds.filter(provider_id=None, public_id=public_id).first()
    if not refund.failed:
        refunds.record_refund(
            payment=payment, provider_id=refund.id, amount_minor=refund.amount.minor, ours=ours
        )
    elif ours is not None and ours.state == Refund.State.REQUESTED:
        refunds.fail_refund(refund_id=ours.pk, problem="The buyer's bank refused it.")
    elif ours is not None:
        refunds.record_return(refund_id=ours.pk)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _dispute_changed(dispute_id: str) -> None:
    reported = stripe_api.fetch_dispute(dispute_id)
    payment = _payment_of_charge(reported.charge)
    if payment is None or reported.status.startswith("warning"):
        return
    dispute = disputes.open_dispute(
        payment=payment,
        provider_id=reported.id,
        amount_minor=reported.amount.minor,
        fee_minor=reported.fee_minor,
        reason=reported.reason,
    )
    if reported.status in ("won", "lost"):
        disputes.close_dispute(dispute=dispute, won=reported.status == "won")


HANDLERS: dict[str, Handler] = {
    "checkout.session.completed": _checkout_changed,
    "checkout.session.async_payment_succeeded": _checkout_changed,
    "checkout.session.expired": _checkout_expired,
    "charge.refunded": _charge_refunded,
    "charge.refund.updated": _refund_changed,
    "refund.updated": _refund_changed,
    "refund.failed": _refund_changed,
    "charge.dispute.created": _dispute_changed,
    "charge.dispute.updated": _dispute_changed,
    "charge.dispute.closed": _dispute_changed,
    "charge.dispute.funds_withdrawn": _dispute_changed,
    "charge.dispute.funds_reinstated": _dispute_changed,
    "v2.core.account[configuration.recipient].capability_status_updated": onboarding.refresh,
    "account.updated": onboarding.refresh,
    "customer.subscription.created": _subscription_changed,
    "customer.subscription.updated": _subscription_changed,
    "customer.subscription.deleted": _subscription_changed,
    "invoice.paid": _invoice_paid,
}
