"""Payouts to creators: payable earnings become transfers, each claimed, sent once and recorded.

A transfer leaves the creator's available balance when it is claimed, and the books when the provider
has it, so that a refund in between can't spend it again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.currencies import min_payout
from marketplace.money import Money
from marketplace.payouts import finance_letters, stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import earnings, freezes, schedules, seller_details
from marketplace.payouts.models import (
    Earning,
    LedgerEntry,
    Payment,
    PayoutAccount,
    Transfer,
)
from marketplace.queue import Work, at_commit
from marketplace.refusals import ProviderRefused, Refused
from marketplace.webhooks import services as webhooks

_log = logging.getLogger(__name__)
PAUSE = timedelta(hours=1)  # before the platform's balance is asked again


def begin_payouts() -> int:
    """Claim transfers for every creator whose day it is; returns how many were claimed.

    A creator whose rows are inconsistent is left to finance; everybody else is paid.
    """
    count, today = 0, schedules.today()
    payable = earnings.to_pay().filter(creator__payout_account__transfers_active=True)
    payable = payable.exclude(schedules.not_due(today))
    pairs = list(
        payable.order_by("creator", "currency").values_list("creator", "currency").distinct()
    )
    creators = Creator.objects.in_bulk({creator for creator, _ in pairs})
    for pk, currency in pairs:
        try:
            with transaction.atomic():
                count += len(claim_transfers(creator=creators[pk], currency=currency))
        except Exception as problem:
            _log.exception("payout failed", extra={"fields": {"creator": pk}})
            _tell_finance(creators[pk], problem)
    schedules.move_on(today)
    return count


def pay_now(*, creator: Creator, by: User) -> list[Transfer]:
    """Send a creator all that is payable, as they ask for it.

    Raises:
        Refused: not_allowed, by_schedule, not_set_up, frozen, nothing_payable.
    """
    if by.pk != creator.user_id:
        raise Refused("not_allowed", gettext("Only the creator asks for their money."))
    if schedules.schedule_of(creator).rhythm != schedules.Rhythm.BY_HAND:
        raise Refused(
            "by_schedule", gettext("Your payouts go by themselves; choose otherwise first.")
        )
    if not PayoutAccount.objects.filter(creator=creator, transfers_active=True).exists():
        raise Refused("not_set_up", gettext("Finish setting up your payouts first."))
    if freezes.is_frozen(creator):
        raise Refused("frozen", gettext("Your payouts are on hold; the reason is on this page."))
    with transaction.atomic():
        mine = earnings.to_pay().filter(creator=creator).order_by()
        currencies = sorted(set(mine.values_list("currency", flat=True)))
        claimed = [
            transfer
            for currency in currencies
            for transfer in claim_transfers(creator=creator, currency=currency)
        ]
        if not claimed:
            least = [str(min_payout(currency)) for currency in currencies or [settings.CURRENCY]]
            raise Refused(
                "nothing_payable",
                gettext("Less than %(least)s is payable so far.") % {"least": " or ".join(least)},
            )
        audit.record(actor=by, action="payout.asked_for", subject=creator, transfers=len(claimed))
    return claimed


def _tell_finance(creator: Creator, problem: Exception) -> None:
    """Write to finance about a creator who can't be paid, once a day."""
    if cache.add(f"payout-failed:{creator.pk}", 1, timeout=86_400):
        said = {"creator": creator.pk, "problem": f"{type(problem).__name__}: {problem}"}
        finance_letters.tell(
            lambda: (
                gettext("Creator %(creator)s could not be paid") % said,
                gettext(
                    "The payout run left creator %(creator)s out, and paid everybody else: %(problem)s"
                )
                % said
                + "\n",
            )
        )


def claim_transfers(*, creator: Creator, currency: str) -> list[Transfer]:
    """Claim everything payable to a creator, less their debt, if it reaches the minimum.

    One transfer per earning from a payment, and one for all small sums without a payment. Nothing
    is claimed while the creator's money is frozen, or before they gave what tax reports ask for.
    """
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)
        if freezes.is_frozen(creator):
            return []
        earnings.settle_debts(creator, currency)
        payable = earnings.payable_earnings(creator, currency)
        minor = sum(e.left_minor for e in payable)
        if minor < min_payout(currency).minor:
            return []
        if seller_details.are_needed(creator, Money(minor, currency)):
            return []
        return _claim(creator, currency, payable)


def _claim(creator: Creator, currency: str, payable: Sequence[Earning]) -> list[Transfer]:
    """Claim locked earnings: a few statements, however many there are."""
    drafts = [_draft(creator, currency, [e], e) for e in payable if e.payment_id is not None]
    small = [e for e in payable if e.payment_id is None]
    if small:
        drafts.append(_draft(creator, currency, small, None))
    claimed = Transfer.objects.bulk_create(drafts)
    Earning.objects.filter(pk__in=[e.pk for e in payable]).update(
        transferred_minor=F("share_minor") - F("taken_back_minor") - F("settled_minor")
    )
    available = ledger.account(Kind.CREATOR_AVAILABLE, currency, creator)
    in_transit = ledger.account(Kind.CREATOR_IN_TRANSIT, currency, creator)
    begun = LedgerEntry.Kind.TRANSFER_BEGUN
    ledger.post_new(
        [
            ledger.Draft(begun, _key(begun, each), [(available, minor), (in_transit, -minor)])
            for each in claimed
            for minor in [each.amount_minor]
        ]
    )
    audit.record_each(
        actor=None,
        action="transfer.claimed",
        subjects=[(each, {"minor": each.amount_minor}) for each in claimed],
    )
    for each in claimed:
        at_commit(Work.SEND_TRANSFER, each.pk)
    return claimed


def _draft(
    creator: Creator, currency: str, parts: Sequence[Earning], tied_to: Earning | None
) -> Transfer:
    amounts = {str(earning.pk): earning.left_minor for earning in parts}
    return Transfer(
        creator=creator,
        earning=tied_to,
        parts=amounts,
        amount_minor=sum(amounts.values()),
        currency=currency,
    )


def _key(kind: str, transfer: Transfer) -> str:
    return f"{kind}-{transfer.public_id}"


def _post(transfer: Transfer, kind: str, debit: str, credit: str) -> None:
    creator, currency = transfer.creator, transfer.currency
    accounts = [
        ledger.account(name, currency, None if name == Kind.STRIPE_CLEARING else creator)
        for name in (debit, credit)
    ]
    ledger.post(
        kind=kind,
        idempotency_key=_key(kind, transfer),
        provider_reference=(transfer.provider_id or "") if credit == Kind.STRIPE_CLEARING else "",
        lines=[(accounts[0], transfer.amount_minor), (accounts[1], -transfer.amount_minor)],
    )


def send_transfer(*, transfer_id: int) -> Transfer:
    """Have the provider send a claimed transfer.

    Safe to repeat: claim and record are separate commits around one call whose key is the row's;
    if the provider may have forgotten the key, the transfer is looked up first.

    Raises:
        PaymentProviderUnavailable: outcome unknown; the transfer stays as it is.
    """
    with transaction.atomic(durable=True):
        transfer = _lock(transfer_id)
        first = transfer.sent_at is None
        if not _may_be_sent(transfer):
            return transfer
        if first:
            transfer.sent_at = timezone.now()
            transfer.save(update_fields=["sent_at"])
        transfer.transition(Transfer.State.SENDING)
    provider_id = None if first else _find(transfer)
    if provider_id is None and not freezes.is_frozen(transfer.creator):
        try:
            provider_id = _create(transfer)
        except ProviderRefused as refusal:
            # what an earlier attempt sent may be in the way of another, and is not free again
            provider_id = None if first else _find(transfer)
            if provider_id is None:
                return _give_way(transfer, refusal)
    if provider_id is None:
        return transfer
    return record_transfer(transfer_id=transfer_id, provider_id=provider_id)


def _may_be_sent(transfer: Transfer) -> bool:
    if transfer.state not in (Transfer.State.READY, Transfer.State.SENDING):
        return False
    if transfer.retry_at is not None and transfer.retry_at > timezone.now():
        return False
    # what was tried before is looked up even if the creator's money was frozen since
    return transfer.sent_at is not None or not freezes.is_frozen(transfer.creator)


def _give_way(transfer: Transfer, refusal: ProviderRefused) -> Transfer:
    act = put_off_transfer if refusal.code == stripe_api.SHORT else refuse_transfer
    return act(transfer_id=transfer.pk, problem=str(refusal))


def _find(transfer: Transfer) -> str | None:
    assert transfer.sent_at is not None
    account = transfer.creator.payout_account.provider_id
    return stripe_api.find_transfer(transfer.group, account=account, since=transfer.sent_at)


def _create(transfer: Transfer) -> str:
    earning = transfer.earning
    return stripe_api.create_transfer(
        amount=transfer.amount,
        account=transfer.creator.payout_account.provider_id,
        group=transfer.group,
        key=transfer.key,
        charge=_charge_of(earning) if earning is not None else None,
    )


def _charge_of(earning: Earning) -> str | None:
    """The charge that pays an earning; what a dispute gave again comes from the balance.

    So does what was converted on its way there: the provider ties a transfer only to a charge that
    settled in the transfer's currency.
    """
    if earning.payment is None or earning.source == Earning.Source.DISPUTE:
        return None
    if earning.payment.settles_in:
        return None
    order = earning.payment.order
    if order is not None and order.coupon_id is not None:
        return None  # the platform pays a part, so that the share may be more than the charge
    return earning.payment.charge


def put_off_transfer(*, transfer_id: int, problem: str) -> Transfer:
    """Try a transfer later for which the platform's own balance is too small, and tell finance.

    The creator can do nothing about it, so their account stays as it is.
    """
    with transaction.atomic():
        transfer = _lock(transfer_id)
        if transfer.state != Transfer.State.SENDING:
            return transfer
        transfer.put_off += 1
        transfer.retry_at = timezone.now() + PAUSE
        transfer.problem = gettext_noop("Delayed by us; it is tried again by itself.")
        transfer.save(update_fields=["put_off", "retry_at", "problem"])
        audit.record(actor=None, action="transfer.put_off", subject=transfer, problem=problem[:200])
        if transfer.put_off == 1:
            finance_letters.tell(partial(_too_little, transfer, problem))
    return transfer


def _too_little(transfer: Transfer, problem: str) -> tuple[str, str]:
    said = {"amount": transfer.amount, "transfer": transfer.public_id, "problem": problem}
    subject = gettext("Top up the balance: %(amount)s could not be sent to a creator") % said
    text = gettext(
        "The payment provider refused transfer %(transfer)s: %(problem)s\nIt is tried again every hour. "
        "Add funds to the balance, and set payouts to your own bank account to manual, so that they leave "
        "what creators are owed."
    )
    return subject, f"{text % said}\n"


def _lock(transfer_id: int) -> Transfer:
    return (
        Transfer.objects.select_for_update(of=("self",), no_key=True)
        .select_related("creator__payout_account", "earning__payment")
        .get(pk=transfer_id)
    )


def record_transfer(*, transfer_id: int, provider_id: str) -> Transfer:
    """Record that the provider has a transfer; a repeat changes nothing."""
    with transaction.atomic():
        transfer = _lock(transfer_id)
        if transfer.state in (Transfer.State.READY, Transfer.State.SENDING):
            transfer.provider_id, transfer.paid_at = provider_id, timezone.now()
            transfer.problem = ""
            transfer.save(update_fields=["provider_id", "paid_at", "problem"])
            transfer.transition(Transfer.State.PAID)
            _post(
                transfer,
                LedgerEntry.Kind.TRANSFER,
                Kind.CREATOR_IN_TRANSIT,
                Kind.STRIPE_CLEARING,
            )
            audit.record(actor=None, action="transfer.paid", subject=transfer)
            _tell(transfer, "payout.paid")
            for payment in Payment.objects.filter(
                earnings__in=[int(pk) for pk in transfer.parts], earnings__owed_minor__gt=0
            ).distinct():
                at_commit(Work.RECLAIM_TRANSFERS, payment.pk)
    return transfer


def _tell(transfer: Transfer, kind: str) -> None:
    webhooks.emit(
        organization_id=personal_organization(transfer.creator.user).pk,
        kind=kind,
        data={
            "transfer": str(transfer.public_id),
            "amount_minor": transfer.amount_minor,
            "currency": transfer.currency,
            "problem": transfer.problem,
        },
    )


def refuse_transfer(*, transfer_id: int, problem: str) -> Transfer:
    """Make the money of a refused transfer payable again; a repeat changes nothing."""
    with transaction.atomic():
        transfer = _lock(transfer_id)
        if transfer.state in (Transfer.State.READY, Transfer.State.SENDING):
            transfer.problem = problem[:200]
            transfer.save(update_fields=["problem"])
            transfer.transition(Transfer.State.REFUSED)
            for pk, minor in transfer.parts.items():
                Earning.objects.filter(pk=int(pk)).update(
                    transferred_minor=F("transferred_minor") - minor
                )
            _post(
                transfer,
                LedgerEntry.Kind.TRANSFER_REFUSED,
                Kind.CREATOR_IN_TRANSIT,
                Kind.CREATOR_AVAILABLE,
            )
            PayoutAccount.objects.filter(creator=transfer.creator).update(transfers_active=False)
            _tell(transfer, "payout.failed")
            audit.record(
                actor=None, action="transfer.refused", subject=transfer, problem=problem[:200]
            )
    return transfer
