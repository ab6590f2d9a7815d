"""Dates as people write them, in the time zone of the pages.

Documents and evidence name months in the site's own language, whoever happened to ask; pages and
letters in that of their reader.
"""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone, translation
from django.utils.dateformat import format as by_letters

_DAY, _DAY_AND_TIME = "j F Y", "j F Y, H:i T"
# by the language of pages, what each pattern of English is there: the same parts in its own order
PATTERNS = {
    "de": {
        "j F Y": "j. F Y",
        "j F Y, H:i T": "j. F Y, H:i T",
        "j F": "j. F",
        "j M Y": "j. M Y",
        "j M Y H:i T": "j. M Y, H:i T",
        "j M Y, H:i T": "j. M Y, H:i T",
        "j M Y H:i:s T": "j. M Y, H:i:s T",
        "j M Y, H:i:s T": "j. M Y, H:i:s T",
        "j M": "j. M",
        "j M, H:i T": "j. M, H:i T",
        "j M, H:i": "j. M, H:i",
        "j M, H:i:s T": "j. M, H:i:s T",
    },
    "zh-hans": {
        "F Y": "Y年n月",
        "j F Y": "Y年n月j日",
        "j F Y, H:i T": "Y年n月j日 H:i T",
        "j F": "n月j日",
        "j M Y": "Y年n月j日",
        "j M Y H:i T": "Y年n月j日 H:i T",
        "j M Y, H:i T": "Y年n月j日 H:i T",
        "j M Y H:i:s T": "Y年n月j日 H:i:s T",
        "j M Y, H:i:s T": "Y年n月j日 H:i:s T",
        "j M": "n月j日",
        "j M, H:i T": "n月j日 H:i T",
        "j M, H:i": "n月j日 H:i",
        "j M, H:i:s T": "n月j日 H:i:s T",
    },
}


def _local(moment: datetime | date) -> datetime | date:
    return timezone.localtime(moment) if isinstance(moment, datetime) else moment


def _in_the_sites_language(moment: datetime | date, pattern: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return by_letters(_local(moment), pattern)


def in_words(moment: datetime | date) -> str:
    """A day: 5 March 2026."""
    return _in_the_sites_language(moment, _DAY)


def to_the_reader(moment: datetime | date) -> str:
    """A day as the language in force writes it, for sentences on pages: 5. März 2026."""
    return by_letters(_local(moment), pattern_of_the_reader(_DAY))


def to_the_reader_with_time(moment: datetime) -> str:
    """A day and a time as the language in force writes them: 5. März 2026, 14:07 UTC."""
    return by_letters(_local(moment), pattern_of_the_reader(_DAY_AND_TIME))


def pattern_of_the_reader(pattern: str) -> str:
    """What the language in force has for an English pattern of a date; itself where that is the same."""
    return PATTERNS.get(translation.get_language() or "", {}).get(pattern, pattern)


def in_words_with_time(moment: datetime) -> str:
    """A day and a time, with the zone: 5 March 2026, 14:07 UTC."""
    return _in_the_sites_language(moment, _DAY_AND_TIME)


def in_brief(moment: datetime | date) -> str:
    """A day of a year that is known: 5 Mar."""
    return _in_the_sites_language(moment, "j M")


def years_later(moment: datetime, years: int) -> datetime:
    """The same day and time so many years later; of a leap day, the last of February.

    >>> years_later(datetime(2028, 2, 29), 1)
    datetime.datetime(2029, 2, 28, 0, 0)
    """
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # there is no 29 February in that year
        return moment.replace(year=moment.year + years, day=28)
