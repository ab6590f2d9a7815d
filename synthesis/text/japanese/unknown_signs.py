"""Signs that OpenJTalk and its table of sounds do not know, and would fail on: rare kanji, odd kana, odd digits."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# A small kana takes the place of the last sound before it; a long vowel and an n are no syllable that it could join.
_BEFORE_SMALL_KANA = {"ー": "ːː", "ん": "ɴɴ"}
_ODD_DIGITS = re.compile(r"[^\W\d]|[^\w\s]")  # what may be a digit, and is no decimal


class _Sounds(dict[str, str]):
    """How kana sound; those that it does not know are silent."""

    def __missing__(self, kana: str) -> str:
        return _BEFORE_SMALL_KANA.get(kana, "")


class _Wordless:
    """Stands for Sudachi's tokenizer, and knows no word."""

    def tokenize(self, text: str, mode: object = None) -> tuple[object, ...]:
        return ()


@lru_cache(maxsize=1)
def read_rare_kanji_one_by_one() -> None:
    """Have OpenJTalk in this process give a kanji that it does not know its reading of the Unihan database.

    It would look the word up in Sudachi's dictionary, 200 MB that are left out of the lock.
    """
    from pyopenjtalk import _unknown_kanji

    vars(_unknown_kanji)["get_sudachi_tokenizer"] = _Wordless


def sounds_of_kana(known: dict[str, str]) -> dict[str, str]:
    """A table of sounds that has one for whatever stands before a small kana: "ギャーァ"."""
    return _Sounds(known)


def with_plain_digits(text: str) -> str:
    """A text with digits of other kinds, such as ⓽ and ፩, as decimal ones."""

    def plain(sign: re.Match[str]) -> str:
        digit = unicodedata.digit(sign[0], None)
        return sign[0] if digit is None else str(digit)

    return _ODD_DIGITS.sub(plain, text)
