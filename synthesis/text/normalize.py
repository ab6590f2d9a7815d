"""Text as it is read aloud: every token with its words and its place in what was written."""

from __future__ import annotations

import re
from functools import lru_cache

from synthesis.text.markup import without_marks
from synthesis.text.tokens import Reading, Token
from synthesis.text.written import Written, write


def _english(written: Written, language: str) -> list[Token]:
    from synthesis.text.english import RULES

    return RULES.read(written.text, language)


def _unchanged(written: Written, language: str) -> list[Token]:
    return [
        Token("space" if match[0].isspace() else "word", match.start(), match.end(), match[0])
        for match in re.finditer(r"\s+|\S+", written.text)
    ]


@lru_cache(maxsize=2048)
def read(text: str, language: str = "en-US") -> Reading:
    """How a sentence is read; the places of its tokens are in `text` itself."""
    written = without_marks(write(text))
    tokens = (_english if language.startswith("en") else _unchanged)(written, language)
    return Reading(
        tuple(
            Token(token.kind, written.starts[token.start], written.ends[token.end - 1], token.said)
            for token in tokens
        )
    )


def normalize(text: str, language: str = "en-US") -> str:
    """A sentence in the words with which it is read aloud.

    >>> normalize("Dr. Lee paid $5.50 on 2024-03-01.")
    'Doctor Lee paid five dollars and fifty cents on March first, twenty twenty-four.'
    """
    return read(text, language).text
