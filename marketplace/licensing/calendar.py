"""Calendar months."""

from __future__ import annotations

import calendar
from datetime import datetime


def months_later(start: datetime, months: int) -> datetime:
    """The same day and time `months` later, or the month's last day if it has no such day."""
    index = start.month - 1 + months
    year, month = start.year + index // 12, index % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day)
