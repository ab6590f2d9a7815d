"""Background work on money; the services make repeats harmless."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.creators.models import Creator
from marketplace.licensing.models import UsageCharge
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.books import proof, reconciliation
from marketplace.payouts.creators import (
    earnings,
    freezes,
    plan_shares,
    self_billing,
    seller_numbers,
    transfers,
    usage_shares,
)
from marketplace.payouts.incoming import (
    left_plans,
    plan_years,
    standing_renewals,
    top_up_charges,
)
from marketplace.payouts.models import (
    Payment,
    Refund,
    Transfer,
    TransferReversal,
)
from marketplace.payouts.returning import refunds, reversals, unused
from marketplace.queue import Work, at_once, lost
from marketplace.refusals import PaymentProviderUnavailable, RegisterUnavailable

_Task = Callable[..., None]


def _retry_while_away(work: _Task) -> Any:
    """A task that is retried while the payment provider is unavailable."""
    return shared_task(
        autoretry_for=(PaymentProviderUnavailable,), retry_backoff=True, max_retries=8
    )(work)


STUCK = timedelta(minutes=20)  # after which a row whose task was lost is requeued


@_retry_while_away
def process_event(event_pk: int) -> None:
    """Act on one event."""
    provider_events.process_event(event_pk=event_pk)


@shared_task
def process_pending_events() -> None:
    """Requeue events whose task was lost, and those whose payment is recorded now."""
    provider_events.requeue_pending()


@shared_task
def renew_licences() -> None:
    """Announce renewals that come by themselves, and queue those that are due."""
    standing_renewals.renew_due()


@_retry_while_away
def charge_renewal(round_id: int) -> None:
    """Charge one renewal."""
    standing_renewals.charge_renewal(round_id=round_id)


@shared_task
def top_up_credit() -> None:
    """Order credit where too little is left, and queue what is unpaid."""
    top_up_charges.buy_due()


@_retry_while_away
def charge_top_up(order_id: int) -> None:
    """Charge one order of credit that is bought by itself."""
    top_up_charges.charge_top_up(order_id=order_id)


@_retry_while_away
def end_plans() -> None:
    """End the plans of teams whose buyer has left, and those that were taken back."""
    left_plans.end_left()
    unused.end_taken_back()


@_retry_while_away
def forget_method(method: str) -> None:
    """Have the provider forget the payment method of somebody who was erased."""
    stripe_api.detach_method(method)


@_retry_while_away
def send_refund(refund_id: int) -> None:
    """Send one refund."""
    refunds.send_refund(refund_id=refund_id)


@_retry_while_away
def send_transfer(transfer_id: int) -> None:
    """Send one claimed transfer."""
    transfers.send_transfer(transfer_id=transfer_id)


@shared_task
def reclaim_transfers(payment_id: int) -> None:
    """Claim reversals for money that a refund or dispute took after it went to a creator."""
    reversals.claim_reversals(payment=Payment.objects.get(pk=payment_id))


@_retry_while_away
def send_reversal(reversal_id: int) -> None:
    """Take back a part of one transfer."""
    reversals.send_reversal(reversal_id=reversal_id)


@shared_task
def release_holds_and_pay() -> None:
    """Grant and share out plan months, end holds, and begin payouts that reach the minimum.

    Each step is fenced by itself, so that a row that one can't handle doesn't stop the next.
    """
    plan_years.grant_due_months()
    plan_shares.share_ended_months()
    earnings.release_due()
    transfers.begin_payouts()


@shared_task
def freeze_payouts(creator_id: int) -> None:
    """Freeze the money of a creator whose voice was taken down as somebody else's."""
    freezes.freeze(
        creator=Creator.objects.get(pk=creator_id),
        reason=gettext_noop("A voice of yours was taken down because it is somebody else's."),
    )


@shared_task
def resume_lost_money_work() -> None:
    """Requeue what a dead worker or a long outage left unfinished."""
    old = timezone.now() - STUCK
    unsent = Transfer.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=timezone.now()),
        state__in=[Transfer.State.READY, Transfer.State.SENDING],
    )
    unfinished: dict[Work, QuerySet[Any]] = {
        Work.SEND_REFUND: Refund.objects.filter(state=Refund.State.REQUESTED),
        Work.SEND_TRANSFER: unsent,
        Work.POST_USAGE: UsageCharge.objects.filter(posted_at=None),
        Work.SEND_REVERSAL: TransferReversal.objects.filter(state=TransferReversal.State.REQUESTED),
    }
    for work, rows in unfinished.items():
        for pk in lost(work, rows.filter(created_at__lt=old).values_list("pk", flat=True)):
            at_once(work, pk)
    reversals.reclaim_refused()


@_retry_while_away
def post_usage(charge_id: int) -> None:
    """Post what a generation cost in credit, and export it if the settings say so."""
    usage_shares.post_usage(charge_id=charge_id)
    usage_shares.export_usage(charge_id=charge_id)


@_retry_while_away
def sweep_missed_events() -> None:
    """Store events that never reached us."""
    provider_events.sweep()


@_retry_while_away
def reconcile_yesterday() -> None:
    """Reconcile the last two days, and longer if the last comparison is older."""
    reconciliation.reconcile(since=reconciliation.overdue_since())


@shared_task
def write_self_billing() -> None:
    """Write the self-billing invoices of months that are over."""
    self_billing.write_documents()


@shared_task
def prove_balances() -> None:
    """Prove that the balances the database keeps are the sums of their lines."""
    proof.prove_balances()


@shared_task(
    autoretry_for=(RegisterUnavailable,), retry_backoff=30, retry_backoff_max=3600, max_retries=8
)
def check_seller_vat_number(details_id: int) -> None:
    """Ask the register about a creator's VAT number; while it is away, the number stays unchecked."""
    seller_numbers.check(details_id=details_id)


@shared_task
def check_waiting_sellers() -> None:
    """Queue the checks of creators' VAT numbers that nobody checked."""
    seller_numbers.queue_waiting()
