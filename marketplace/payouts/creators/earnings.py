"""Creators' earnings: shares of payments, held, then payable, reversed on refunds."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.models import (
    Earning,
    LedgerAccount,
    LedgerEntry,
    Payment,
    TransferReversal,
)

_log = logging.getLogger(__name__)
NEWCOMER = timedelta(days=90)  # a creator's first sales are held longer


def hold_of(creator: Creator, now: datetime) -> timedelta:
    """How long a creator's new earnings are held for refunds and disputes."""
    new = now - creator.created_at < NEWCOMER
    return timedelta(days=settings.HOLD_DAYS_NEW_CREATOR if new else settings.HOLD_DAYS)


def add_earning(
    *,
    creator: Creator,
    entry: LedgerEntry,
    source: str,
    voice_name: str,
    description: str,
    gross_minor: int,
    share_minor: int,
    currency: str,
    payment: Payment | None = None,
    payable: bool = False,
) -> Earning:
    """Record a share that `entry` credits to the creator's pending (or available) account."""
    now = timezone.now()
    return Earning.objects.create(
        creator=creator,
        payment=payment,
        entry=entry,
        source=source,
        voice_name=voice_name,
        description=description,
        gross_minor=gross_minor,
        share_minor=share_minor,
        currency=currency,
        state=Earning.State.PAYABLE if payable else Earning.State.HELD,
        available_at=now if payable else now + hold_of(creator, now),
    )


def lock_day(creator: Creator, voice_name: str, currency: str) -> None:
    """Lock the day's sum of a voice's usage, if there is one: before the accounts, as `_release` does."""
    days = _days(creator, voice_name, currency, timezone.now().date())
    days.select_for_update(no_key=True).first()


def add_usage(
    *,
    creator: Creator,
    entry: LedgerEntry,
    voice_name: str,
    characters: int,
    gross_minor: int,
    share_minor: int,
    currency: str,
) -> Earning:
    """Add a share of usage to the voice's sum of the entry's day (UTC), which it begins if need be.

    A sum is held from the end of its day on; what comes after it was made payable begins another.
    """
    sums = _days(creator, voice_name, currency, entry.at.astimezone(UTC).date())
    earning = sums.select_for_update(no_key=True).first()
    if earning is None:
        _begin_day(creator, voice_name, entry, currency)
        earning = sums.select_for_update(no_key=True).get()
    earning.gross_minor += gross_minor
    earning.share_minor += share_minor
    earning.characters += characters
    earning.description = f"{earning.characters:,} characters beyond a licence"
    earning.save(update_fields=["gross_minor", "share_minor", "characters", "description"])
    return earning


def _begin_day(creator: Creator, voice_name: str, entry: LedgerEntry, currency: str) -> None:
    day = entry.at.astimezone(UTC).date()
    ends = datetime.combine(day + timedelta(days=1), time(), UTC)
    begun = Earning(
        creator=creator,
        entry=entry,
        source=Earning.Source.USAGE,
        voice_name=voice_name,
        gross_minor=0,
        share_minor=0,
        currency=currency,
        day=day,
        available_at=ends + hold_of(creator, entry.at),
    )
    Earning.objects.bulk_create([begun], ignore_conflicts=True)  # another posting may begin it too


def _days(creator: Creator, voice_name: str, currency: str, day: date) -> QuerySet[Earning]:
    return Earning.objects.filter(
        creator=creator,
        source=Earning.Source.USAGE,
        state=Earning.State.HELD,
        voice_name=voice_name,
        currency=currency,
        day=day,
    )


def release_due(now: datetime | None = None) -> int:
    """Make earnings payable whose hold is over; returns how many. One that fails stops no other."""
    due = Earning.objects.filter(
        state=Earning.State.HELD, available_at__lte=now or timezone.now()
    ).values_list("pk", flat=True)
    count = 0
    for pk in list(due):
        try:
            count += _release(pk)
        except Exception:
            _log.exception("hold not ended", extra={"fields": {"earning": pk}})
    return count


def _release(earning_pk: int) -> bool:
    with transaction.atomic():
        earning = _lock(earning_pk)
        if earning.state != Earning.State.HELD:
            return False
        left = earning.left_minor
        if left:
            ledger.post(
                kind=LedgerEntry.Kind.HOLD_OVER,
                idempotency_key=f"hold-over-{earning.pk}",
                lines=[
                    (_account(earning, Kind.CREATOR_PENDING), left),
                    (_account(earning, Kind.CREATOR_AVAILABLE), -left),
                ],
            )
        earning.transition(Earning.State.PAYABLE)
        audit.record(actor=None, action="earning.payable", subject=earning, minor=left)
    return True


def _lock(earning_pk: int) -> Earning:
    return (
        Earning.objects.select_for_update(of=("self",), no_key=True)
        .select_related("creator")
        .get(pk=earning_pk)
    )


def _account(earning: Earning, kind: str) -> LedgerAccount:
    return ledger.account(kind, earning.currency, earning.creator)


def take_back(earning: Earning, minor: int) -> list[Line]:
    """Reverse a part of an earning that the caller has locked; the debits of the entry to post.

    What has already been paid to the creator becomes their debt.
    """
    here = min(minor, earning.left_minor)
    owed = minor - here
    held = earning.state == Earning.State.HELD
    earning.taken_back_minor += here
    earning.owed_minor += owed
    earning.save(update_fields=["taken_back_minor", "owed_minor"])
    kind = Kind.CREATOR_PENDING if held else Kind.CREATOR_AVAILABLE
    return [
        (_account(earning, kind), here),
        (_account(earning, Kind.CREATOR_DEBT), owed),
    ]


def whole_share(found: Iterable[Earning]) -> int:
    """What was earned by a payment at first: a won dispute only gives parts of it again."""
    return sum(each.share_minor for each in found if each.source != Earning.Source.DISPUTE)


def spread(found: Iterable[Earning], minor: int) -> Iterator[tuple[Earning, int]]:
    """Divide what is to be taken back among a payment's earnings, as far as each has it, in order."""
    for earning in found:
        part = min(minor, earning.share_minor - earning.reversed_minor)
        minor -= part
        yield earning, part


def lock_earnings(payment: Payment) -> list[Earning]:
    """A payment's earnings, locked, oldest first: what won disputes gave again comes last."""
    return list(
        Earning.objects.select_for_update(of=("self",), no_key=True)
        .select_related("creator")
        .filter(payment=payment)
        .order_by("pk")
    )


def proportion(whole: int, part: int, of: int) -> int:
    """`whole` * `part` / `of`, rounded half up; all of it where `part` is all.

    >>> proportion(1699, 1000, 1999)
    850
    """
    return (2 * whole * part + of) // (2 * of) if of else 0


def open_debt(creator: Creator, currency: str) -> int:
    """What a creator owes and no reversal is taking back, minor units; the caller locked them."""
    debt = ledger.owed_to(creator, Kind.CREATOR_DEBT, currency).minor
    asked = TransferReversal.objects.filter(
        transfer__creator=creator,
        transfer__currency=currency,
        state=TransferReversal.State.REQUESTED,
    ).aggregate(minor=Sum("amount_minor"))
    return debt - (asked["minor"] or 0)


def settle_debts(creator: Creator, currency: str) -> int:
    """Offset a creator's open debt against payable earnings, oldest first; returns minor units."""
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)
        debt = open_debt(creator, currency)
        if debt <= 0:
            return 0
        available = ledger.account(Kind.CREATOR_AVAILABLE, currency, creator)
        owing = ledger.account(Kind.CREATOR_DEBT, currency, creator)
        settled, drafts, touched = 0, [], []
        for earning in payable_earnings(creator, currency):
            part = min(debt - settled, earning.left_minor)
            if part <= 0:
                break
            earning.settled_minor += part
            settled += part
            touched.append(earning)
            drafts.append(
                ledger.Draft(
                    LedgerEntry.Kind.DEBT_SETTLED,
                    f"debt-{earning.pk}-{earning.settled_minor}",
                    [(available, part), (owing, -part)],
                )
            )
        Earning.objects.bulk_update(touched, ["settled_minor"], batch_size=500)
        ledger.post_new(drafts)
    return settled


def to_pay() -> QuerySet[Earning]:
    """Payable earnings of everybody with something left, as they are indexed."""
    return Earning.objects.filter(
        state=Earning.State.PAYABLE,
        share_minor__gt=F("taken_back_minor") + F("settled_minor") + F("transferred_minor"),
    )


def payable_earnings(creator: Creator, currency: str) -> list[Earning]:
    """A creator's payable earnings with something left, oldest first, locked."""
    return list(
        to_pay()
        .select_for_update(of=("self",), no_key=True)
        .select_related("creator", "payment")
        .filter(creator=creator, currency=currency)
        .order_by("pk")
    )
