"""Dates as each language of the pages writes them.

Templates give the English pattern of `marketplace/dates.py`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.template.defaultfilters import date as by_pattern

from marketplace import dates
from marketplace.letters.languages import in_sentence

register = template.Library()


@register.filter(name="date", expects_localtime=True, is_safe=False)
def in_the_language(moment: datetime | date | None, pattern: str | None = None) -> Any:
    """Django's `date`, with the pattern that the page's language has for the English one."""
    return by_pattern(moment, pattern and dates.pattern_of_the_reader(pattern))


register.filter("in_sentence", in_sentence)
