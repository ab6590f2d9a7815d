"""Which words English knows: those that the phoneme reader has in its lexicons."""

from __future__ import annotations

import importlib.util
import json
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Words of more than one letter in lower case, from the lexicon that misaki ships."""
    spec = importlib.util.find_spec("misaki")
    if spec is None or spec.origin is None:
        return frozenset()
    folder = Path(spec.origin).parent / "data"
    found: set[str] = set()
    for name in ("us_gold.json", "gb_gold.json"):
        found |= set(json.loads((folder / name).read_text(encoding="utf-8")))
    return frozenset(word for word in found if len(word) > 1 and word.islower())


def is_word(text: str) -> bool:
    """Whether a word, or its stem without an ending, is in the lexicon."""
    word = text.lower()
    if word in (words := known_words()):
        return True
    for ending, stems in (
        ("s", ("",)),
        ("es", ("", "e")),
        ("ed", ("", "e")),
        ("ing", ("", "e")),
        ("ly", ("",)),
    ):
        if word.endswith(ending):
            stem = word[: -len(ending)]
            if len(stem) > 2 and any(stem + each in words for each in stems):
                return True
    return False
