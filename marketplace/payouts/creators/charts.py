"""A creator's earnings, summed for charts: by day, by voice and by what was sold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts.models import Earning

DAYS = 30  # that a chart of days shows
MOST = 8  # bars of voices; the rest are summed


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, what was earned, from how many sales, and its length (0 to 1)."""

    label: str
    amount: Money
    sales: int
    share: float


@dataclass(frozen=True)
class Day:
    """One day of a chart; share: of the best day."""

    day: date
    amount: Money
    sales: int
    share: float


@dataclass(frozen=True)
class Charts:
    """The earnings of the last `DAYS` days in one currency."""

    currency: str
    total: Money
    sales: int
    days: list[Day]
    voices: list[Bar]
    kinds: list[Bar]

    @property
    def shares(self) -> list[float]:
        """The columns of the days, 0 to 1."""
        return [day.share for day in self.days]


def charts_of(creator: Creator, *, today: date | None = None) -> list[Charts]:
    """The charts of each currency that was earned in lately; refunds and disputes are taken off."""
    today = today or timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    recent = creator.earnings.filter(created_at__date__gte=first, created_at__date__lte=today)
    currencies = recent.order_by("currency").values_list("currency", flat=True).distinct()
    return [_charts(recent.filter(currency=each), each, first) for each in currencies]


def _charts(earnings: QuerySet[Earning], currency: str, first: date) -> Charts:
    days = _days(earnings, currency, first)
    return Charts(
        currency=currency,
        total=Money(sum(day.amount.minor for day in days), currency),
        sales=sum(day.sales for day in days),
        days=days,
        voices=_bars(earnings, "voice_name", currency),
        kinds=_bars(earnings, "source", currency),
    )


def _summed(earnings: QuerySet[Earning], by: str) -> dict[object, tuple[int, int]]:
    """What is left of the shares, and how many there were, by a field."""
    kept = F("share_minor") - F("taken_back_minor") - F("owed_minor")
    rows = earnings.order_by().values(by).annotate(kept=Sum(kept), sales=Count("pk"))
    return {row[by]: (row["kept"], row["sales"]) for row in rows}


def _days(earnings: QuerySet[Earning], currency: str, first: date) -> list[Day]:
    found: dict[object, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found |= _summed(earnings.annotate(on=TruncDate("created_at")), "on")
    best = max([minor for minor, _ in found.values()], default=0) or 1
    return [
        Day(day, Money(minor, currency), sales, minor / best)
        for day in (first + timedelta(days=past) for past in range(DAYS))
        for minor, sales in [found[day]]
    ]


def _bars(earnings: QuerySet[Earning], by: str, currency: str) -> list[Bar]:
    """The largest first; what is beyond `MOST` in one bar without a name."""
    rows = sorted(_summed(earnings, by).items(), key=lambda row: (-row[1][0], str(row[0])))
    rest = rows[MOST:]
    if rest:
        rows = [*rows[:MOST], ("", (sum(r[1][0] for r in rest), sum(r[1][1] for r in rest)))]
    best = max([minor for _, (minor, _) in rows], default=0) or 1
    names: dict[object, str] = {source.value: str(source.label) for source in Earning.Source}
    return [
        Bar(names.get(name, str(name)), Money(minor, currency), sales, minor / best)
        for name, (minor, sales) in rows
    ]
