"""The provider's events: stored unconditionally, then acted on once, as hints.

No payload is trusted: each handler fetches the current state from the provider and updates our
rows, so order, repeats and late arrivals don't matter. What is about a charge that is not recorded
here waits for its payment.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing import orders
from marketplace.licensing.models import Order
from marketplace.payouts import stripe_api
from marketplace.payouts.books import conversions
from marketplace.payouts.creators import onboarding
from marketplace.payouts.incoming import (
    checkout,
    given_credit,
    sales,
    saved_methods,
    standing_renewals,
    subscriptions,
    top_up_charges,
)
from marketplace.payouts.models import (
    CreditOrder,
    Dispute,
    Payment,
    ProviderEvent,
    Refund,
    SavedMethod,
)
from marketplace.payouts.returning import disputes, refunds
from marketplace.queue import Work, at_commit, at_once, lost
from marketplace.refusals import (
    PaymentMismatch,
    PaymentProviderUnavailable,
    ProviderRefused,
    Refused,
)

_log = logging.getLogger(__name__)
Handler = Callable[[str], str | None]  # returns the charge whose payment it needs first
RETRY = "payouts.refund_payment"
A_BATCH = 100  # events that are requeued at a time
LONGEST_PAUSE = timedelta(days=1)
CHECKED_LATELY = timedelta(hours=6)  # accounts that a sweep which is tried again leaves out


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
    error = waits_for = ""
    try:
        waits_for = (handler(event.object_id) if handler is not None else None) or ""
    except (PaymentMismatch, ProviderRefused) as problem:
        error = str(problem)
        _log.error("event failed", extra={"fields": {"event": event.event_id, "why": error}})
    except Exception as problem:
        _put_off(event, problem)
        raise
    ProviderEvent.objects.filter(pk=event.pk).update(
        processed_at=timezone.now(), error=error, waits_for=waits_for
    )
    if waits_for:  # its payment may have been recorded in this very moment
        resume_waiting()


def _put_off(event: ProviderEvent, problem: Exception) -> None:
    """Try an event later, after longer and longer pauses, so that others don't wait for it."""
    pause = min(timedelta(minutes=2 ** min(event.tries, 11)), LONGEST_PAUSE)
    ProviderEvent.objects.filter(pk=event.pk).update(
        tries=event.tries + 1,
        retry_at=timezone.now() + pause,
        error=f"{type(problem).__name__}: {problem}"[:1000],
    )


def requeue_pending() -> int:
    """Queue due events whose task was lost or failed, the longest due first; returns how many."""
    resume_waiting()
    due = ProviderEvent.objects.filter(processed_at=None, retry_at__lte=timezone.now())
    rows = due.order_by("retry_at", "pk").values_list("pk", flat=True)
    pending = list(lost(Work.PROCESS_EVENT, rows, most=A_BATCH))
    for pk in pending:
        at_once(Work.PROCESS_EVENT, pk)
    return len(pending)


def resume_waiting() -> int:
    """Queue events whose payment has been recorded since; returns how many."""
    recorded = Payment.objects.filter(charge=OuterRef("waits_for"))
    ready = ProviderEvent.objects.exclude(waits_for="").filter(Exists(recorded))
    count = 0
    for pk in list(ready.values_list("pk", flat=True)):
        with transaction.atomic():
            count += ProviderEvent.objects.filter(pk=pk).update(
                processed_at=None, waits_for="", retry_at=timezone.now()
            )
            at_commit(Work.PROCESS_EVENT, pk)
    return count


def try_again(*, event: ProviderEvent, by: User) -> None:
    """Act on an event again, after a person mended what was wrong.

    Raises:
        Refused: not_allowed.
    """
    if not by.has_perm(RETRY):
        raise Refused("not_allowed", gettext("Only finance can have an event tried again."))
    with transaction.atomic():
        ProviderEvent.objects.filter(pk=event.pk).update(
            processed_at=None, error="", waits_for="", tries=0, retry_at=timezone.now()
        )
        audit.record(actor=by, action="event.retried", subject=event)
        at_commit(Work.PROCESS_EVENT, event.pk)


def replay(*, since: datetime, say: Callable[[str], None]) -> int:
    """Fetch every event since a time again and act on each; returns how many.

    One that fails is put off and named, and those after it are acted on all the same. The events
    of creators' accounts are not among them, so that the accounts themselves are fetched.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    count = 0
    for event_id, kind, object_id in stripe_api.list_events(since):
        event = store_event(event_id, kind, object_id)
        ProviderEvent.objects.filter(pk=event.pk).update(processed_at=None, error="", waits_for="")
        failed = ""
        try:
            process_event(event_pk=event.pk)
        except PaymentProviderUnavailable:
            raise
        except Exception as problem:
            _log.exception("event failed", extra={"fields": {"event": event_id}})
            failed = f"  FAILED: {type(problem).__name__}: {problem}"
        say(f"{event_id}  {kind}  {object_id}{failed}")
        count += 1
    onboarding.refresh_all()
    return count


def sweep() -> int:
    """Store events of the last three days that never reached us; returns how many.

    The events of creators' accounts are not listed with our own, so that the accounts themselves
    are fetched.

    Raises:
        PaymentProviderUnavailable: try again.
    """
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
    onboarding.refresh_all(unchecked_since=timezone.now() - CHECKED_LATELY)
    return len(missed)


def order_of(reference: str) -> Order | None:
    """The order that a provider's object names; None if it is not ours."""
    try:
        return Order.objects.filter(public_id=UUID(reference)).first()
    except ValueError:
        return None


def _checkout_changed(session_id: str) -> None:
    saved = SavedMethod.objects.filter(setup_session=session_id).first()
    if saved is not None:
        saved_methods.confirm_setup(saved=saved)
        return
    credit_order = CreditOrder.objects.filter(checkout_session=session_id).first()
    order = Order.objects.filter(checkout_session=session_id).first()
    if credit_order is None and order is None:
        reference = stripe_api.fetch_checkout(session_id).reference
        credit_order, order = top_up_charges.order_of(reference), order_of(reference)
        if order is not None and order.state not in checkout.SETTLED:
            orders.attach_checkout(order=order, session_id=session_id)
    if credit_order is not None:
        top_up_charges.follow_page(order=credit_order, session_id=session_id)
    elif order is not None:
        checkout.follow_page(order=order, session_id=session_id)


def _checkout_expired(session_id: str) -> None:
    order = Order.objects.filter(checkout_session=session_id).first()
    if order is not None and stripe_api.fetch_checkout(session_id).expired:
        orders.cancel_order(order=order)


def _checkout_failed(session_id: str) -> None:
    """Cancel an order whose payment was begun, as by bank transfer, and never came."""
    order = Order.objects.filter(checkout_session=session_id).first()
    if order is not None and not stripe_api.fetch_checkout(session_id).paid:
        orders.cancel_order(order=order)


def _intent_changed(intent_id: str) -> None:
    """Follow a payment that was made while its buyer was away, whose answer may never have come."""
    payment = stripe_api.fetch_off_session(intent_id)
    standing_renewals.follow_payment(payment)
    top_up_charges.follow_payment(payment)


def _subscription_changed(subscription_id: str) -> None:
    subscriptions.refresh_subscription(subscription_id)


def _invoice_paid(invoice_id: str) -> None:
    subscriptions.record_invoice(invoice_id)


def _payment_of_charge(charge_id: str) -> Payment | None:
    return Payment.objects.filter(charge=charge_id).first()


def _charge_updated(charge_id: str) -> str | None:
    """Post the fee and conversion, which the provider may tell only after the payment."""
    payment = _payment_of_charge(charge_id)
    if payment is None:
        return charge_id
    settled = stripe_api.settlement_of(charge_id)
    if settled is not None:
        sales.post_late_settlement(payment=payment, settled=settled)
    return None


def _charge_refunded(charge_id: str) -> str | None:
    payment = _payment_of_charge(charge_id)
    if payment is None:
        return charge_id
    for refund in stripe_api.refunds_of(payment.payment_intent):
        _follow_refund(payment, refund)
    return None


def _refund_changed(refund_id: str) -> str | None:
    refund = stripe_api.fetch_refund(refund_id)
    payment = _payment_of_charge(refund.charge)
    if payment is None:
        return refund.charge
    _follow_refund(payment, refund)
    return None


def _follow_refund(payment: Payment, refund: stripe_api.ProviderRefund) -> None:
    ours = payment.refunds.filter(provider_id=refund.id).first()
    if ours is None and (public_id := _uuid(refund.reference)) is not None:
        ours = payment.refunds.filter(provider_id=None, public_id=public_id).first()
    if not refund.failed:
        refunds.record_refund(
            payment=payment,
            provider_id=refund.id,
            amount_minor=refund.amount.minor,
            ours=ours,
            happened_at=refund.at,
        )
    elif ours is not None and ours.state == Refund.State.REQUESTED:
        refunds.fail_refund(refund_id=ours.pk, problem="The buyer's bank refused it.")
    elif ours is not None:
        refunds.record_return(refund_id=ours.pk)
    _follow_conversions(payment, refund.id)


def _follow_conversions(payment: Payment, source: str) -> None:
    if payment.settles_in:
        conversions.follow(source)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _dispute_changed(dispute_id: str) -> str | None:
    reported = stripe_api.fetch_dispute(dispute_id)
    # inquiries and prevented disputes may end without any money having moved
    moved = reported.taken_minor > 0 or reported.status in ("won", "lost")
    known = Dispute.objects.filter(provider_id=reported.id).first()
    if known is None and (
        reported.status.startswith("warning") or not (moved or _is_open(reported))
    ):
        return None
    payment = _payment_of_charge(reported.charge)
    if payment is None:
        return reported.charge
    dispute = known or disputes.open_dispute(
        payment=payment,
        provider_id=reported.id,
        amount_minor=reported.amount.minor,
        fee_minor=reported.fee_minor,
        fee_currency=reported.fee_currency,
        reason=reported.reason,
        happened_at=reported.at,
    )
    disputes.follow_fee(
        dispute=dispute, fee_minor=reported.fee_minor, fee_currency=reported.fee_currency
    )
    if dispute.due_by != reported.due_by:  # banks move it
        Dispute.objects.filter(pk=dispute.pk).update(due_by=reported.due_by)
    if reported.status in ("won", "lost"):
        disputes.close_dispute(dispute=dispute, won=reported.status == "won")
    elif not _is_open(reported):  # prevented: what is still taken stays with the buyer
        disputes.close_dispute(dispute=dispute, won=reported.taken_minor <= 0)
    _follow_conversions(payment, reported.id)
    return None


def _is_open(reported: stripe_api.ProviderDispute) -> bool:
    return reported.status in ("needs_response", "under_review")


HANDLERS: dict[str, Handler] = {
    "checkout.session.completed": _checkout_changed,
    "checkout.session.async_payment_succeeded": _checkout_changed,
    "checkout.session.async_payment_failed": _checkout_failed,
    "checkout.session.expired": _checkout_expired,
    "charge.updated": _charge_updated,
    "charge.refunded": _charge_refunded,
    "charge.refund.updated": _refund_changed,
    "refund.updated": _refund_changed,
    "refund.failed": _refund_changed,
    "charge.dispute.created": _dispute_changed,
    "charge.dispute.updated": _dispute_changed,
    "charge.dispute.closed": _dispute_changed,
    "charge.dispute.funds_withdrawn": _dispute_changed,
    "charge.dispute.funds_reinstated": _dispute_changed,
    "payment_intent.payment_failed": _intent_changed,
    "payment_intent.succeeded": _intent_changed,
    "v2.core.account[configuration.recipient].capability_status_updated": onboarding.refresh,
    "account.updated": onboarding.refresh,
    "customer.subscription.created": _subscription_changed,
    "customer.subscription.updated": _subscription_changed,
    "customer.subscription.deleted": _subscription_changed,
    "customer.updated": given_credit.follow_customer,
    "invoice.paid": _invoice_paid,
}
