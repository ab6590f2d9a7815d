"""Marks on letters: more in a row than any script writes take long to sort, and are no text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MAX_MARKS = (
    30  # combining characters in a row, as many as Unicode's stream-safe format (UAX 15) allows
)
# What normalization turns into marks (NFKC in the last two), whatever its own class
_SEVERAL = {"\u0344": 2, "\u0f73": 2, "\u0f75": 2, "\u0f81": 2, "\uff9e": 1, "\uff9f": 1}
# No other character in \w is or becomes a mark, and half as many of the doubles are as many marks.
# Only where a row begins, because rows a little too short would be tried again from each of their characters
_SUSPECT = re.compile(
    r"(?<![^\w\s\x00-\x7f])(?<![\uff9e\uff9f])"
    rf"(?:[^\w\s\x00-\x7f]|[\uff9e\uff9f]){{{MAX_MARKS // 2},}}"
)


def has_few_marks(text: str) -> bool:
    """Whether no letter has more marks than any script puts on one.

    Sorting marks, which every normalization does, takes time with the square of their number.
    """
    if text.isascii():
        return True
    return all(
        place <= MAX_MARKS for found in _SUSPECT.finditer(text) for _, place in _marked(found[0])
    )


def with_few_marks(text: str) -> str:
    """The text without what is more than `MAX_MARKS` marks in a row."""
    if has_few_marks(text):
        return text
    return "".join(character for character, place in _marked(text) if place <= MAX_MARKS)


def _marked(text: str) -> Iterator[tuple[str, int]]:
    """Each character, and which of the marks on its letter it is once decomposed; 0 for none."""
    place = 0
    for character in text:
        marks = _SEVERAL.get(character) or bool(unicodedata.combining(character))
        place = place + marks if marks else 0
        yield character, place
