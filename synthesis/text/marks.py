"""Marks on letters: more in a row than any script writes take long to sort, and are no text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MAX_MARKS = (
    30  # combining characters in a row, as many as Unicode's stream-safe format (UAX 15) allows
)
_SUSPECT = re.compile(rf"[^\w\s\x00-\x7f]{{{MAX_MARKS + 1},}}")  # no combining character is in \w


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
    """Each character, and which of the marks on its letter it is; 0 for none."""
    place = 0
    for character in text:
        place = place + 1 if unicodedata.combining(character) else 0
        yield character, place
