"""Writing the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.creators.models import Creator
from marketplace.licensing.models import Order
from marketplace.money import Money
from marketplace.payouts.models import Closing, LedgerAccount, LedgerEntry, LedgerLine

Kind = LedgerAccount.Kind
Line = tuple[LedgerAccount, int]


@dataclass(frozen=True)
class Draft:
    """An entry to write, as `post` takes it."""

    kind: str
    idempotency_key: str
    lines: Sequence[Line]


def account(
    kind: str,
    currency: str,
    creator: Creator | None = None,
    organization: Organization | None = None,
) -> LedgerAccount:
    """The one account of a kind, created on first use."""
    ledger_account, _ = LedgerAccount.objects.get_or_create(
        kind=kind, currency=currency, creator=creator, organization=organization
    )
    return ledger_account


def post(
    *,
    kind: str,
    idempotency_key: str,
    lines: Sequence[Line],
    order: Order | None = None,
    provider_reference: str = "",
    happened_at: datetime | None = None,
    belongs_to: datetime | None = None,
) -> tuple[LedgerEntry, bool]:
    """Write an entry; a repeat of the key returns the existing entry and False.

    Zero lines are left out. At commit, the database refuses lines that don't sum to zero in
    each currency, and entries that would make a creator's or buyer's balance negative.
    happened_at: when what it records happened, if not just now: kept with the entry.
    belongs_to: a time in the month that it is booked in while that is open. Leave it out for what
    touches a creator's or a buyer's account: they may have read the statement of that month.
    """
    with transaction.atomic():
        entry, created = LedgerEntry.objects.get_or_create(
            idempotency_key=idempotency_key,
            defaults={
                "kind": kind,
                "order": order,
                "provider_reference": provider_reference,
                "at": _booked_at(belongs_to),
                "happened_at": happened_at or belongs_to,
            },
        )
        if created:
            LedgerLine.objects.bulk_create(_lines(entry, lines))
    return entry, created


def post_new(drafts: Sequence[Draft]) -> None:
    """Write entries whose keys are new, all in two statements; the same checks apply at commit.

    A balance's row is written once for all of them: once for each would leave as many versions of
    it as entries, which the next one searches.

    Raises:
        IntegrityError: one of the keys has been posted.
    """
    with transaction.atomic():
        entries = LedgerEntry.objects.bulk_create(
            LedgerEntry(kind=draft.kind, idempotency_key=draft.idempotency_key) for draft in drafts
        )
        LedgerLine.objects.bulk_create(
            line
            for entry, draft in zip(entries, drafts, strict=True)
            for line in _lines(entry, draft.lines)
        )


def _lines(entry: LedgerEntry, lines: Sequence[Line]) -> list[LedgerLine]:
    return [
        LedgerLine(entry=entry, account=to, amount_minor=amount, currency=to.currency)
        for to, amount in lines
        if amount
    ]


def _booked_at(belongs_to: datetime | None) -> datetime:
    """When to book an entry: in the month that it belongs to, while that is open, and else now."""
    now = timezone.now()
    if belongs_to is None or month_of(belongs_to) >= month_of(now) or is_closed(belongs_to):
        return now
    return belongs_to


def month_of(at: datetime) -> date:
    """The first day of the month, in UTC."""
    return at.astimezone(UTC).date().replace(day=1)


def is_closed(at: datetime) -> bool:
    """Whether the month of a time takes no more entries."""
    closed = Closing.objects.exclude(state=Closing.State.REOPENED)
    return closed.filter(month__gte=month_of(at)).exists()


def balance(of: LedgerAccount) -> Money:
    """An account's balance as it is now: positive is a debit balance.

    The database keeps those of guarded accounts; all lines of any other are summed.
    """
    kept = LedgerAccount.objects.values_list("balance_minor", flat=True).get(pk=of.pk)
    if kept is None:
        kept = of.lines.aggregate(total=Sum("amount_minor"))["total"] or 0
    return Money(kept, of.currency)


def owed_to(creator: Creator, kind: str, currency: str) -> Money:
    """A creator's balance of a kind from their side: positive is owed to them (a debt: by them)."""
    kept = (
        LedgerAccount.objects.filter(kind=kind, creator=creator, currency=currency)
        .values_list("balance_minor", flat=True)
        .first()
    )
    sign = 1 if kind == Kind.CREATOR_DEBT else -1
    return Money(sign * (kept or 0), currency)
