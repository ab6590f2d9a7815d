"""Dates as each language of the pages writes them.

Templates give the English pattern; the day keeps its parts and gets the order and signs of the language.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.template.defaultfilters import date as by_pattern
from django.utils import translation

register = template.Library()

PATTERNS = {
    "de": {
        "j F Y": "j. F Y",
        "j F Y, H:i T": "j. F Y, H:i T",
        "j F": "j. F",
        "j M Y": "j. M Y",
        "j M Y H:i T": "j. M Y, H:i T",
        "j M Y, H:i T": "j. M Y, H:i T",
        "j M Y, H:i": "j. M Y, H:i",
        "j M Y H:i:s T": "j. M Y, H:i:s T",
        "j M Y, H:i:s T": "j. M Y, H:i:s T",
        "j M": "j. M",
        "j M, H:i T": "j. M, H:i T",
        "j M, H:i": "j. M, H:i",
        "j M, H:i:s": "j. M, H:i:s",
    },
    "zh-hans": {
        "F Y": "Y年n月",
        "j F Y": "Y年n月j日",
        "j F Y, H:i T": "Y年n月j日 H:i T",
        "j F": "n月j日",
        "j M Y": "Y年n月j日",
        "j M Y H:i T": "Y年n月j日 H:i T",
        "j M Y, H:i T": "Y年n月j日 H:i T",
        "j M Y, H:i": "Y年n月j日 H:i",
        "j M Y H:i:s T": "Y年n月j日 H:i:s T",
        "j M Y, H:i:s T": "Y年n月j日 H:i:s T",
        "j M": "n月j日",
        "j M, H:i T": "n月j日 H:i T",
        "j M, H:i": "n月j日 H:i",
        "j M, H:i:s": "n月j日 H:i:s",
    },
}


@register.filter(name="date", expects_localtime=True, is_safe=False)
def in_the_language(moment: datetime | date | None, pattern: str | None = None) -> Any:
    """Django's `date`, with the pattern that the page's language has for the English one."""
    own = PATTERNS.get(translation.get_language() or "", {})
    return by_pattern(moment, own.get(pattern or "", pattern))


@register.filter
def in_sentence(label: str) -> str:
    """A label within a sentence: English begins it small; other languages keep their nouns as they are."""
    english = (translation.get_language() or "en").startswith("en")
    return str(label).lower() if english else str(label)
