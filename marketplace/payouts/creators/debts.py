"""Creators' debts that will not be paid any more, and what comes back of them all the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_another, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.currencies import about
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import earnings
from marketplace.payouts.models import (
    Earning,
    LedgerEntry,
    LedgerLine,
    TransferReversal,
    WriteOff,
)
from marketplace.refusals import Refused
from marketplace.visible_text import visible

ALONE_WITHIN = timedelta(days=30)  # in which a person's write-offs for one creator are added up
RIGHT = "payouts.refund_payment"  # what everybody in finance may do


def write_off(*, creator: Creator, currency: str, reason: str, by: User) -> WriteOff | None:
    """Write off all that a creator owes in a currency, at the platform's cost.

    What is payable to them is set off first; None if that covers it. It waits for a second person
    where it brings what `by` wrote off alone for this creator lately above `REFUND_ALONE_MINOR`.

    Raises:
        Refused: not_allowed, own_voice, own_team, reason_missing, no_debt, being_taken_back,
            already_proposed.
    """
    _require_may_decide(creator, by)
    reason = visible(reason).strip()[:300]
    if not reason:
        raise Refused("reason_missing", gettext("Give your reason in a sentence."))
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)  # as `settle_debts` does
        if creator.write_offs.filter(currency=currency, state=WriteOff.State.PROPOSED).exists():
            raise Refused(
                "already_proposed", gettext("This debt already waits for a second person.")
            )
        debt = _remaining_debt(creator, currency)
        if not debt.minor:
            return None
        alone = about(debt.minor, currency) + _written_off_alone(creator, by)
        needs_second = alone > settings.REFUND_ALONE_MINOR
        found = WriteOff.objects.create(
            creator=creator,
            currency=currency,
            amount_minor=debt.minor,
            reason=reason,
            state=WriteOff.State.PROPOSED if needs_second else WriteOff.State.DONE,
            proposed_by=by,
        )
        if needs_second:
            _record(found, "debt.write_off_proposed", by)
        else:
            _post(found, by)
    return found


def decide_write_off(*, write_off: WriteOff, approve: bool, by: User) -> WriteOff:
    """Write a large debt off as the second person, or drop that as anybody in finance.

    No more is written off than was proposed, nor than is owed by now.

    Raises:
        Refused: not_allowed, own_voice, own_team, second_person, no_debt, being_taken_back.
        InvalidTransition: it does not wait for a second person.
    """
    _require_may_decide(write_off.creator, by)
    with transaction.atomic():
        creator = Creator.objects.select_for_update(no_key=True).get(pk=write_off.creator_id)
        found = WriteOff.objects.select_for_update(of=("self",), no_key=True).get(pk=write_off.pk)
        found.transition(WriteOff.State.DONE if approve else WriteOff.State.DROPPED)
        found.decided_by, found.decided_at = by, timezone.now()
        if approve:
            require_another(by, found.proposed_by_id)
            debt = _remaining_debt(creator, found.currency)
            if not debt.minor:
                raise Refused(
                    "no_debt",
                    gettext("They owe nothing in %(currency)s by now. Drop it.")
                    % {"currency": found.currency},
                )
            found.amount_minor = min(found.amount_minor, debt.minor)
            _post(found, by)
        else:
            _record(found, "debt.write_off_dropped", by)
        found.save(update_fields=["decided_by", "decided_at", "amount_minor"])
    return found


def _require_may_decide(creator: Creator, by: User) -> None:
    if not by.has_perm(RIGHT):
        raise Refused("not_allowed", gettext("Only finance can write off a debt."))
    require_impartial(by, Concerned.of(users=[creator.user_id]))


def _remaining_debt(creator: Creator, currency: str) -> Money:
    """What a creator, whose row is locked, owes once all that is payable to them is set off."""
    if ledger.owed_to(creator, Kind.CREATOR_DEBT, currency).minor <= 0:
        raise Refused(
            "no_debt", gettext("They owe nothing in %(currency)s.") % {"currency": currency}
        )
    if TransferReversal.objects.filter(
        transfer__creator=creator, state=TransferReversal.State.REQUESTED
    ).exists():
        raise Refused(
            "being_taken_back", gettext("A part of it is being taken back just now; wait.")
        )
    earnings.settle_debts(creator, currency)
    return ledger.owed_to(creator, Kind.CREATOR_DEBT, currency)


def _written_off_alone(creator: Creator, by: User) -> int:
    """What a person wrote off lately without a second, about, in the platform's own currency."""
    alone = creator.write_offs.filter(
        state=WriteOff.State.DONE,
        proposed_by=by,
        decided_by=None,
        proposed_at__gt=timezone.now() - ALONE_WITHIN,
    )
    sums = alone.order_by().values_list("currency").annotate(minor=Sum("amount_minor"))
    return sum(about(minor, currency) for currency, minor in sums)


def _post(found: WriteOff, by: User) -> None:
    _record(found, "debt.written_off", by)
    ledger.post(
        kind=LedgerEntry.Kind.WRITTEN_OFF,
        idempotency_key=f"written-off-{found.public_id}",
        lines=[
            (ledger.account(Kind.BAD_DEBTS, found.currency), found.amount_minor),
            (ledger.account(Kind.CREATOR_DEBT, found.currency, found.creator), -found.amount_minor),
        ],
    )


def _record(found: WriteOff, action: str, by: User) -> None:
    audit.record(
        actor=by,
        action=action,
        subject=found.creator,
        minor=found.amount_minor,
        currency=found.currency,
        reason_sha256=audit.digest(found.reason),
    )


def make_good(earning: Earning, *, since: datetime) -> int:
    """Set an earning that was just given again off against what was written off; returns minor units.

    Without the dispute that is now won, that much would have been set off, not written off. In the
    caller's transaction. since: when the dispute began; what was written off before has no part in it.
    """
    creator, currency = earning.creator, earning.currency
    Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)  # as `write_off` does
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
