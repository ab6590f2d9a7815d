"""Money going back to buyers: claimed, sent once, posted with everyone's part of it."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing import renewals
from marketplace.payouts import credits, earnings, ledger, plan_shares, stripe_api, tasks
from marketplace.payouts.ledger import Kind, Line
from marketplace.payouts.models import LedgerEntry, Payment, Refund
from marketplace.refusals import Refused


def request_refund(*, payment: Payment, amount_minor: int, reason: str, by: User) -> Refund:
    """Give back a payment or a part of it; the money moves in a task.

    Raises:
        Refused: nothing_to_refund, too_much, credit_used.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        waiting = sum(
            refund.amount_minor
            for refund in payment.refunds.filter(state=Refund.State.REQUESTED, provider_id=None)
        )
        left = payment.refundable.minor - waiting
        if left <= 0:
            raise Refused("nothing_to_refund", "All of this payment has gone back already.")
        if not 0 < amount_minor <= left:
            raise Refused("too_much", f"Between 1 and {left} minor units can be refunded.")
        if payment.kind == Payment.Kind.CREDITS:
            credits.require_unused(payment, amount_minor)
        refund = Refund.objects.create(
            payment=payment, amount_minor=amount_minor, reason=reason[:200], requested_by=by
        )
        audit.record(
            actor=by, action="refund.requested", subject=refund, minor=amount_minor, reason=reason
        )
        transaction.on_commit(partial(tasks.send_refund.delay, refund.pk))
    return refund


def send_refund(*, refund_id: int) -> Refund:
    """Have the provider refund, once: the key is the row's, so a repeat gets the same answer.

    Raises:
        PaymentProviderUnavailable: outcome unknown; try again.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state != Refund.State.REQUESTED:
        return refund
    try:
        sent = stripe_api.create_refund(
            payment_intent=refund.payment.payment_intent,
            amount=refund.amount,
            key=f"refund-{refund.public_id}",
            public_id=str(refund.public_id),
            may_exist=timezone.now() - refund.created_at > stripe_api.KEYS_KEPT,
        )
    except stripe_api.ProviderRefused as refusal:
        with transaction.atomic():
            refund = Refund.objects.select_for_update().get(pk=refund_id)
            if refund.state == Refund.State.REQUESTED:
                refund.problem, refund.finished_at = str(refusal)[:200], timezone.now()
                refund.save(update_fields=["problem", "finished_at"])
                refund.transition(Refund.State.FAILED, allowed_from={Refund.State.REQUESTED})
                audit.record(actor=None, action="refund.failed", subject=refund)
        return refund
    return record_refund(
        payment=refund.payment, provider_id=sent.id, amount_minor=sent.amount.minor, ours=refund
    )


def record_refund(
    *, payment: Payment, provider_id: str, amount_minor: int, ours: Refund | None = None
) -> Refund:
    """Post a refund that the provider made, whoever asked for it; a repeat changes nothing.

    Everyone gives back their part of the price in proportion; rounding is over the sum of all
    refunds of the payment, so that refunds of everything give back exactly everything.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        known = Refund.objects.filter(provider_id=provider_id).first()
        if known is not None and known.state == Refund.State.DONE:
            return known
        refund = (
            Refund.objects.select_for_update().get(pk=ours.pk)
            if ours is not None
            else known or Refund(payment=payment, amount_minor=amount_minor)
        )
        if refund.state == Refund.State.DONE:
            return refund
        refund.provider_id, refund.finished_at = provider_id, timezone.now()
        refund.save()
        _post(payment, refund)
        refund.transition(
            Refund.State.DONE, allowed_from={Refund.State.REQUESTED, Refund.State.FAILED}
        )
        audit.record(
            actor=refund.requested_by,
            action="refund.done",
            subject=refund,
            minor=amount_minor,
            provider=provider_id,
        )
        if payment.refunded_minor == payment.amount_minor and payment.order is not None:
            renewals.undo_order(payment.order)
        transaction.on_commit(partial(tasks.reclaim_transfers.delay, payment.pk))
    return refund


def _post(payment: Payment, refund: Refund) -> None:
    before, amount = payment.refunded_minor, refund.amount_minor
    payment.refunded_minor = before + amount
    payment.save(update_fields=["refunded_minor"])
    after, whole, currency = payment.refunded_minor, payment.amount_minor, payment.currency

    def part(of: int) -> int:
        """This refund's part of something that makes up the payment."""
        return earnings.proportion(of, after, whole) - earnings.proportion(of, before, whole)

    tax = part(payment.tax_minor)
    lines: list[Line] = [
        (ledger.account(Kind.STRIPE_CLEARING, currency), -amount),
        (ledger.account(Kind.TAX, currency), tax),
    ]
    rest = amount - tax
    if payment.kind == Payment.Kind.CREDITS:
        lines += credits.take_back(payment, rest)
        rest = 0
    elif payment.kind == Payment.Kind.PLAN:
        lines += plan_shares.take_back(payment, rest)
        rest = 0
    for earning in earnings.lock_earnings(payment):
        share = min(part(earning.share_minor), earning.share_minor - earning.reversed_minor)
        lines += earnings.take_back(earning, share)
        rest -= share
    lines.append((ledger.account(Kind.COMMISSION, currency), rest))
    ledger.post(
        kind=LedgerEntry.Kind.REFUND,
        idempotency_key=f"refund-{refund.provider_id}",
        order=payment.order,
        provider_reference=refund.provider_id or "",
        lines=lines,
    )
