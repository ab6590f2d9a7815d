"""Queries on money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet, Sum

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.creators.models import Creator
from marketplace.licensing.calendar import months_later
from marketplace.money import Money
from marketplace.payouts.models import Earning, LedgerAccount, LedgerLine, Payment, Transfer

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
    rows = (
        LedgerLine.objects.filter(account__creator=creator)
        .values("currency", "account__kind")
        .annotate(total=Sum("amount_minor"))
    )
    for row in rows:
        sums.setdefault(row["currency"], {})[row["account__kind"]] = row["total"]
    return [
        Balances(
            pending=Money(-kinds.get(Kind.CREATOR_PENDING, 0), currency),
            available=Money(-kinds.get(Kind.CREATOR_AVAILABLE, 0), currency),
            in_transit=Money(-kinds.get(Kind.CREATOR_IN_TRANSIT, 0), currency),
            debt=Money(kinds.get(Kind.CREATOR_DEBT, 0), currency),
        )
        for currency, kinds in sorted(sums.items())
    ]


def payments_visible_to(user: User) -> QuerySet[Payment]:
    """Payments of every organization for which a user may buy, newest first."""
    return Payment.objects.filter(
        organization__memberships__user=user,
        organization__memberships__role__in=roles_with(Right.BUY),
    ).select_related("organization", "order__changes", "order__licence", "plan_month")


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


def statement(creator: Creator, year: int, month: int, currency: str) -> Statement:
    """A creator's month from the ledger alone.

    Money that becomes payable, or is in transit, makes no line: it is the creator's all along.
    """
    start, end = month_bounds(year, month)
    on_accounts = LedgerLine.objects.filter(account__creator=creator, currency=currency)
    opening = -(on_accounts.filter(entry__at__lt=start).aggregate(t=Sum("amount_minor"))["t"] or 0)
    by_entry: dict[int, int] = {}
    entries = {}
    for line in (
        on_accounts.filter(entry__at__gte=start, entry__at__lt=end)
        .select_related("entry__order__changes", "entry__order__licence")
        .order_by("entry_id")
    ):
        by_entry[line.entry_id] = by_entry.get(line.entry_id, 0) - line.amount_minor
        entries[line.entry_id] = line.entry
    earned = {e.entry_id: e for e in creator.earnings.filter(entry__in=entries)}
    lines = []
    for pk, minor in by_entry.items():
        if not minor:
            continue
        entry, earning = entries[pk], earned.get(pk)
        gross = commission = None
        if earning is not None:
            gross = Money(earning.gross_minor, currency)
            commission = gross - earning.share
        detail = f"{earning.voice_name} · {earning.description}" if earning else _detail(entry)
        lines.append(
            StatementLine(
                entry.at,
                entry.get_kind_display(),
                detail,
                gross,
                commission,
                Money(minor, currency),
            )
        )
    closing = opening + sum(line.amount.minor for line in lines)
    return Statement(
        creator, year, month, currency, Money(opening, currency), lines, Money(closing, currency)
    )


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
        (at.year, at.month, currency)
        for at, currency in LedgerLine.objects.filter(account__creator=creator)
        .values_list("entry__at", "currency")
        .distinct()
    }
    return sorted(months, reverse=True)
