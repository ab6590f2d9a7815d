"""Kanji that OpenJTalk's dictionary does not know, such as those of rare names: read one by one.

It would look their words up in Sudachi's dictionary, 200 MB that are left out of the lock, and fail. Without it each has its
reading of Unicode's Unihan database.
"""

from __future__ import annotations

from functools import lru_cache


class _Wordless:
    """Stands for Sudachi's tokenizer, and knows no word."""

    def tokenize(self, text: str, mode: object = None) -> tuple[object, ...]:
        return ()


@lru_cache(maxsize=1)
def read_one_by_one() -> None:
    """Have OpenJTalk do so in this process, from now on."""
    from pyopenjtalk import _unknown_kanji

    vars(_unknown_kanji)["get_sudachi_tokenizer"] = _Wordless
