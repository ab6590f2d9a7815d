"""Which words English knows: those that the phoneme reader has in its lexicons."""

from __future__ import annotations

import importlib.util
import json
from functools import lru_cache
from pathlib import Path


def _read(name: str) -> dict[str, str | dict[str, str | None]]:
    """One of the lexicons that misaki ships; empty without it."""
    spec = importlib.util.find_spec("misaki")
    if spec is None or spec.origin is None:
        return {}
    path = Path(spec.origin).parent / "data" / f"{name}_gold.json"
    found: dict[str, str | dict[str, str | None]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Words of more than one letter in lower case."""
    return frozenset(
        word for name in ("us", "gb") for word in _read(name) if len(word) > 1 and word.islower()
    )


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """Names of more than three letters, with their capital."""
    return frozenset(
        word
        for name in ("us", "gb")
        for word in _read(name)
        if len(word) > 3 and word[0].isupper() and word[1:].islower() and word.isalpha()
    )


def pronunciations(*, british: bool) -> dict[str, frozenset[str]]:
    """The known words with the ways in which they are said, in the phonemes of the model."""
    return {
        word: frozenset(
            each for each in (said.values() if isinstance(said, dict) else [said]) if each
        )
        for word, said in _read("gb" if british else "us").items()
        if len(word) > 1 and word.islower()
    }


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
