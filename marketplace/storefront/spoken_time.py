"""About how long characters sound, for people who don't think in characters."""

from __future__ import annotations

from django.utils import formats
from django.utils.translation import gettext, ngettext

AN_HOUR = 54_000  # characters of English that are spoken in an hour, at 15 a second
_DENSE = ("zh", "ja")  # languages whose characters take several times as long


def about(characters: int, language: str) -> str:
    """How much audio characters are, such as "about 1 hour of audio"; "" in languages of another rate.

    language: of the voice, as "en-US".
    """
    if language.startswith(_DENSE):
        return ""
    return gettext("about %(time)s of audio") % {"time": _in_words(characters * 60 / AN_HOUR)}


def _in_words(minutes: float) -> str:
    if minutes < 52.5:
        step = 1 if minutes < 12 else 5
        n = max(1, step * round(minutes / step))
        return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}
    hours = max(1, round(minutes / 60, 1)) if minutes < 570 else round(minutes / 60)
    told = formats.number_format(hours, 0 if hours == int(hours) else 1, force_grouping=True)
    return ngettext("%(n)s hour", "%(n)s hours", 1 if hours == 1 else 2) % {"n": told}
