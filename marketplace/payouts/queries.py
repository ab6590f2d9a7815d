"""Queries on money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.db.models.functions import TruncDate

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.creators.models import Creator
from marketplace.licensing.calendar import months_later
from marketplace.money import Money
from marketplace.payouts.models import (
    AccountMonth,
    Earning,
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
    Payment,
    Transfer,
)

Kind = LedgerAccount.Kind


@dataclass(frozen=True)
class Balances:
    """What a creator has in one currency: on hold, payable, on its way, and what they owe."""

    pending: Money
    available: Money
    in_transit: Money
    debt: Money

    @property
    def total(self) -> Money:
        """The net amount they are owed."""
        return self.pending + self.available + self.in_transit - self.debt


def balances_of(creator: Creator) -> list[Balances]:
    """A creator's balances, one per currency."""
    sums: dict[str, dict[str, int]] = {}
    kept = LedgerAccount.objects.filter(creator=creator)
    for kind, currency, minor in kept.values_list("kind", "currency", "balance_minor"):
        sums.setdefault(currency, {})[kind] = minor or 0
    return [
        Balances(
            pending=Money(-kinds.get(Kind.CREATOR_PENDING, 0), currency),
            available=Money(-kinds.get(Kind.CREATOR_AVAILABLE, 0), currency),
            in_transit=Money(-kinds.get(Kind.CREATOR_IN_TRANSIT, 0), currency),
            debt=Money(kinds.get(Kind.CREATOR_DEBT, 0), currency),
        )
        for currency, kinds in sorted(sums.items())
    ]


def currencies_of(creator: Creator) -> set[str]:
    """The currencies in which a creator has a statement: the platform's, and those they earned in."""
    accounts = LedgerAccount.objects.filter(creator=creator)
    return {settings.CURRENCY, *accounts.values_list("currency", flat=True)}


def payments_visible_to(user: User) -> QuerySet[Payment]:
    """Payments of every organization for which a user may buy, newest first."""
    return Payment.objects.filter(
        organization__memberships__user=user,
        organization__memberships__role__in=roles_with(Right.BUY),
    ).select_related(
        "organization", "order__changes__order", "order__licence", "plan_month", "plan_year"
    )


def earnings_of(creator: Creator) -> QuerySet[Earning]:
    """A creator's earnings, newest first."""
    return creator.earnings.select_related("payment__order")


@dataclass(frozen=True)
class StatementLine:
    """One movement of a creator's money. `amount` is what it adds to what they are owed."""

    at: datetime
    what: str
    detail: str
    gross: Money | None
    commission: Money | None
    amount: Money


@dataclass(frozen=True)
class Statement:
    """A month of a creator's money in one currency: opening + lines = closing, to the cent."""

    creator: Creator
    year: int
    month: int
    currency: str
    opening: Money
    lines: list[StatementLine]
    closing: Money


def month_bounds(year: int, month: int) -> tuple[datetime, datetime]:
    """The bounds of a calendar month in UTC: its first instant and the next month's."""
    start = datetime(year, month, 1, tzinfo=UTC)
    return start, months_later(start, 1)


def owed_before(creator: Creator, month: date, currency: str) -> Money:
    """What a creator was owed, net, before the first day of a month (UTC)."""
    before = AccountMonth.objects.filter(
        account__creator=creator, account__currency=currency, month__lt=month
    )
    return Money(-int(before.aggregate(t=Sum("minor"))["t"] or 0), currency)


def statement(creator: Creator, year: int, month: int, currency: str) -> Statement:
    """A creator's month from the ledger alone.

    Money that becomes payable, or is in transit, makes no line: it is the creator's all along.
    Speech paid by credit is one line a day.
    """
    start, end = month_bounds(year, month)
    opening = owed_before(creator, start.date(), currency).minor
    of_month = LedgerLine.objects.filter(
        account__creator=creator, currency=currency, entry__at__gte=start, entry__at__lt=end
    )
    lines = [
        *_usage_lines(creator, of_month.filter(entry__kind=LedgerEntry.Kind.CREDIT_USED), currency),
        *_entry_lines(
            creator, of_month.exclude(entry__kind=LedgerEntry.Kind.CREDIT_USED), currency
        ),
    ]
    lines.sort(key=lambda line: line.at)
    closing = opening + sum(line.amount.minor for line in lines)
    return Statement(
        creator, year, month, currency, Money(opening, currency), lines, Money(closing, currency)
    )


def _entry_lines(
    creator: Creator, of_month: QuerySet[LedgerLine], currency: str
) -> Iterator[StatementLine]:
    """A line for each entry that changes what the creator is owed."""
    by_entry: dict[int, int] = {}
    entries = {}
    for line in of_month.select_related("entry__order__changes", "entry__order__licence").order_by(
        "entry_id"
    ):
        by_entry[line.entry_id] = by_entry.get(line.entry_id, 0) - line.amount_minor
        entries[line.entry_id] = line.entry
    earned = {e.entry_id: e for e in creator.earnings.filter(entry__in=entries)}
    for pk, minor in by_entry.items():
        if not minor:
            continue
        entry, earning = entries[pk], earned.get(pk)
        gross = commission = None
        if earning is not None:
            gross = Money(earning.gross_minor, currency)
            commission = gross - earning.share
        detail = f"{earning.voice_name} · {earning.description}" if earning else _detail(entry)
        what = entry.get_kind_display()
        yield StatementLine(entry.at, what, detail, gross, commission, Money(minor, currency))


def _usage_lines(
    creator: Creator, of_month: QuerySet[LedgerLine], currency: str
) -> Iterator[StatementLine]:
    """A line for each day of speech paid by credit, at its last posting."""
    day = TruncDate("entry__at", tzinfo=UTC)
    days = (
        of_month.order_by()
        .annotate(day=day)
        .values_list("day")
        .annotate(until=Max("entry__at"), minor=Sum("amount_minor"))
        .order_by("day")
    )
    used = (
        creator.earnings.filter(
            source=Earning.Source.USAGE, currency=currency, entry__in=of_month.values("entry")
        )
        .order_by()
        .annotate(of=day)
        .values_list("of", "voice_name")
        .annotate(gross=Sum("gross_minor"), spoken=Sum("characters"))
        .order_by("of", "voice_name")
    )
    voices: dict[date, list[_Usage]] = {}
    for of, name, gross, spoken in used:
        voices.setdefault(of, []).append(_Usage(name, int(gross), int(spoken)))
    for of, until, minor in days:
        amount, heard = Money(-int(minor), currency), voices.get(of, [])
        whole = Money(sum(each.gross_minor for each in heard), currency)
        names = ", ".join(each.voice_name for each in heard)
        spoken = sum(each.characters for each in heard)
        detail = f"{names} · {spoken:,} characters beyond a licence"
        what = str(LedgerEntry.Kind.CREDIT_USED.label)
        yield StatementLine(until, what, detail, whole, whole - amount, amount)


@dataclass(frozen=True)
class _Usage:
    """What was earned in a day with one voice."""

    voice_name: str
    gross_minor: int
    characters: int


def _detail(entry: object) -> str:
    order = getattr(entry, "order", None)
    if order is not None:
        licence = order.granted
        return (
            f"{order.terms['voice_name']} · Licence {licence.number if licence else 'not granted'}"
        )
    return str(getattr(entry, "provider_reference", ""))


def transfers_of(creator: Creator) -> QuerySet[Transfer]:
    """Transfers to a creator, newest first."""
    return creator.transfers.all()


def months_with_money(creator: Creator) -> list[tuple[int, int, str]]:
    """(year, month, currency) of every month with a movement, newest first."""
    months = {
        (month.year, month.month, currency)
        for month, currency in AccountMonth.objects.filter(account__creator=creator).values_list(
            "month", "account__currency"
        )
    }
    return sorted(months, reverse=True)
