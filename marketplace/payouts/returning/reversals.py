"""Reversals: recovering from transfers what refunds and disputes took from earnings."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone

from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import earnings
from marketplace.payouts.models import LedgerEntry, Payment, Transfer, TransferReversal
from marketplace.queue import Work, at_commit, at_once
from marketplace.refusals import ProviderRefused

PAUSE = timedelta(days=1)  # before a refused reversal is tried again
RECLAIMED_FOR = timedelta(days=30)


def claim_reversals(*, payment: Payment) -> list[TransferReversal]:
    """Claim reversals of transfers for what a payment's refunds and disputes took from earnings.

    What was offset or can't be recovered remains the creator's debt.
    """
    claimed = []
    with transaction.atomic():
        creators = Creator.objects.filter(pk__in=payment.earnings.values("creator"))
        list(creators.order_by("pk").select_for_update(no_key=True))  # as `settle_debts` does
        for earning in earnings.lock_earnings(payment):
            for transfer in Transfer.objects.select_for_update(no_key=True).filter(
                earning=earning, state=Transfer.State.PAID
            ):
                requested = sum(
                    reversal.amount_minor
                    for reversal in transfer.reversals.exclude(state=TransferReversal.State.REFUSED)
                )
                debt = earnings.open_debt(earning.creator, earning.currency)
                minor = min(earning.owed_minor - requested, transfer.amount_minor - requested, debt)
                if minor > 0:
                    reversal = TransferReversal.objects.create(
                        transfer=transfer, amount_minor=minor
                    )
                    claimed.append(reversal)
                    at_commit(Work.SEND_REVERSAL, reversal.pk)
    return claimed


def reclaim_refused() -> int:
    """Claim again what providers refused to take back a day ago; returns how many payments.

    A creator's balance there may have filled meanwhile; after a month of tries it stays a debt.
    """
    now = timezone.now()
    recent = TransferReversal.objects.filter(transfer=OuterRef("pk"), created_at__gt=now - PAUSE)
    first = TransferReversal.objects.filter(transfer=OuterRef("pk")).order_by("created_at")
    refused = (
        Transfer.objects.filter(reversals__state=TransferReversal.State.REFUSED)
        .exclude(Exists(recent))
        .annotate(began=Subquery(first.values("created_at")[:1]))
        .filter(began__gt=now - RECLAIMED_FOR, earning__payment__isnull=False)
    )
    payments = set(refused.values_list("earning__payment", flat=True))
    for pk in payments:
        at_once(Work.RECLAIM_TRANSFERS, pk)
    return len(payments)


def send_reversal(*, reversal_id: int) -> TransferReversal:
    """Send a reversal of a part of a transfer to the provider; a repeat gets the same answer.

    Raises:
        PaymentProviderUnavailable: outcome unknown; try again.
    """
    reversal = TransferReversal.objects.select_related("transfer").get(pk=reversal_id)
    if reversal.state != TransferReversal.State.REQUESTED:
        return reversal
    transfer = reversal.transfer
    assert transfer.provider_id is not None
    try:
        provider_id = stripe_api.reverse_transfer(
            transfer=transfer.provider_id,
            amount_minor=reversal.amount_minor,
            public_id=str(reversal.public_id),
            may_exist=timezone.now() - reversal.created_at > stripe_api.KEYS_KEPT,
        )
    except ProviderRefused as refusal:
        with transaction.atomic():
            reversal = TransferReversal.objects.select_for_update(no_key=True).get(pk=reversal_id)
            if reversal.state == TransferReversal.State.REQUESTED:
                reversal.problem = str(refusal)[:200]
                reversal.save(update_fields=["problem"])
                reversal.transition(TransferReversal.State.REFUSED)
        return reversal
    return record_reversal(reversal_id=reversal_id, provider_id=provider_id)


def record_reversal(*, reversal_id: int, provider_id: str) -> TransferReversal:
    """Record that the money is back, which reduces the creator's debt; a repeat changes nothing."""
    with transaction.atomic():
        reversal = (
            TransferReversal.objects.select_for_update(of=("self",), no_key=True)
            .select_related("transfer__creator")
            .get(pk=reversal_id)
        )
        if reversal.state != TransferReversal.State.REQUESTED:
            return reversal
        reversal.provider_id = provider_id
        reversal.save(update_fields=["provider_id"])
        reversal.transition(TransferReversal.State.DONE)
        transfer, minor = reversal.transfer, reversal.amount_minor
        Transfer.objects.filter(pk=transfer.pk).update(reversed_minor=F("reversed_minor") + minor)
        ledger.post(
            kind=LedgerEntry.Kind.REVERSAL,
            idempotency_key=f"reversal-{reversal.public_id}",
            provider_reference=provider_id,
            lines=[
                (ledger.account(Kind.STRIPE_CLEARING, transfer.currency), minor),
                (
                    ledger.account(Kind.CREATOR_DEBT, transfer.currency, transfer.creator),
                    -minor,
                ),
            ],
        )
        audit.record(actor=None, action="transfer.reversed", subject=transfer, minor=minor)
    return reversal
