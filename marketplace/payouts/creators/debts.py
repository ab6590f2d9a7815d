"""Creators' debts that will not be paid any more, and what comes back of them all the same."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import earnings
from marketplace.payouts.models import Earning, LedgerEntry, LedgerLine, TransferReversal
from marketplace.refusals import Refused


def write_off(*, creator: Creator, currency: str, reason: str, by: User) -> Money:
    """Write off all that a creator owes in a currency, at the platform's cost; returns how much.

    What is payable to them is set off first.

    Raises:
        Refused: not_allowed, own_voice, own_team, reason_missing, no_debt, being_taken_back.
    """
    if not by.has_perm("payouts.refund_payment"):
        raise Refused("not_allowed", "Only finance can write off a debt.")
    require_impartial(by, Concerned.of(users=[creator.user_id]))
    if not reason.strip():
        raise Refused("reason_missing", "Give your reason in a sentence.")
    with transaction.atomic():
        Creator.objects.select_for_update().get(pk=creator.pk)  # as `settle_debts` does
        debt = ledger.owed_to(creator, Kind.CREATOR_DEBT, currency)
        if debt.minor <= 0:
            raise Refused("no_debt", f"They owe nothing in {currency}.")
        if TransferReversal.objects.filter(
            transfer__creator=creator, state=TransferReversal.State.REQUESTED
        ).exists():
            raise Refused("being_taken_back", "A part of it is being taken back just now; wait.")
        earnings.settle_debts(creator, currency)
        debt = ledger.owed_to(creator, Kind.CREATOR_DEBT, currency)
        if not debt.minor:
            return debt
        event = audit.record(
            actor=by,
            action="debt.written_off",
            subject=creator,
            minor=debt.minor,
            currency=currency,
            reason_sha256=audit.digest(reason.strip()),
        )
        ledger.post(
            kind=LedgerEntry.Kind.WRITTEN_OFF,
            idempotency_key=f"written-off-{event.pk}",
            lines=[
                (ledger.account(Kind.BAD_DEBTS, currency), debt.minor),
                (ledger.account(Kind.CREATOR_DEBT, currency, creator), -debt.minor),
            ],
        )
    return debt


def make_good(earning: Earning, *, since: datetime) -> int:
    """Set an earning that was just given again off against what was written off; returns minor units.

    Without the dispute that is now won, that much would have been set off, not written off. In the
    caller's transaction. since: when the dispute began; what was written off before has no part in it.
    """
    creator, currency = earning.creator, earning.currency
    Creator.objects.select_for_update().get(pk=creator.pk)  # as `write_off` does
    written_off = LedgerLine.objects.filter(
        account__kind=Kind.BAD_DEBTS,
        currency=currency,
        entry__lines__account__creator=creator,
        entry__at__gte=since,
    ).aggregate(minor=Sum("amount_minor"))
    part = max(0, min(earning.left_minor, written_off["minor"] or 0))
    if part:
        earning.settled_minor += part
        earning.save(update_fields=["settled_minor"])
        ledger.post(
            kind=LedgerEntry.Kind.DEBT_SETTLED,
            idempotency_key=f"debt-{earning.pk}-{earning.settled_minor}",
            lines=[
                (ledger.account(Kind.CREATOR_AVAILABLE, currency, creator), part),
                (ledger.account(Kind.BAD_DEBTS, currency), -part),
            ],
        )
    return part
