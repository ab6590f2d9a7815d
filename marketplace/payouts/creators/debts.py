"""Creators' debts that will not be paid any more."""

from __future__ import annotations

from django.db import transaction

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.models import LedgerEntry, TransferReversal
from marketplace.refusals import Refused


def write_off(*, creator: Creator, currency: str, reason: str, by: User) -> Money:
    """Write off all that a creator owes in a currency, at the platform's cost; returns how much.

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
