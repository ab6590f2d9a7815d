"""Dates as people write them, in the time zone of the pages."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as by_letters


def _local(moment: datetime | date) -> datetime | date:
    return timezone.localtime(moment) if isinstance(moment, datetime) else moment


def in_words(moment: datetime | date) -> str:
    """A day: 5 March 2026."""
    return by_letters(_local(moment), "j F Y")


def in_words_with_time(moment: datetime) -> str:
    """A day and a time, with the zone: 5 March 2026, 14:07 UTC."""
    return by_letters(_local(moment), "j F Y, H:i T")


def in_brief(moment: datetime | date) -> str:
    """A day of a year that is known: 5 Mar."""
    return by_letters(_local(moment), "j M")


def years_later(moment: datetime, years: int) -> datetime:
    """The same day and time so many years later; of a leap day, the last of February.

    >>> years_later(datetime(2028, 2, 29), 1)
    datetime.datetime(2029, 2, 28, 0, 0)
    """
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # there is no 29 February in that year
        return moment.replace(year=moment.year + years, day=28)
