"""Calendar months."""

from __future__ import annotations

import calendar
from datetime import datetime


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def months_later(start: datetime, months: int, *, day: int | None = None) -> datetime:
    """The same day and time `months` later, or the month's last day if it has no such day.

    day: the day to aim for, if a shorter month before has moved it.
    """
    index = start.month - 1 + months
    year, month = start.year + index // 12, index % 12 + 1
    return start.replace(year=year, month=month, day=min(day or start.day, _last_day(year, month)))


def anchor_day(start: datetime, end: datetime) -> int:
    """The day of the month that a term which began at `start` and ends at `end` aims for.

    >>> anchor_day(datetime(2026, 1, 31), datetime(2026, 2, 28))
    31
    >>> anchor_day(datetime(2026, 1, 28), datetime(2026, 2, 28))
    28
    """
    moved = end.day == _last_day(end.year, end.month) and start.day > end.day
    return start.day if moved else end.day
