"""Text as it is read aloud: every token with its words and its place in what was written."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module

from synthesis.text.language_rules import LanguageRules
from synthesis.text.mapped_rules import MappedRules
from synthesis.text.markup import without_marks
from synthesis.text.scan import Rules
from synthesis.text.scripts import without_foreign
from synthesis.text.tokens import Reading, Token
from synthesis.text.written import write

FOLDERS = {  # by language: the package that reads it
    "en-US": "english",
    "en-GB": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "pt-BR": "portuguese",
    "hi": "hindi",
    "de": "german",
    "zh-CN": "chinese",
    "ja": "japanese",
}


@lru_cache(maxsize=len(FOLDERS))
def _rules(language: str) -> Rules | MappedRules:
    """The rules of a language, its own or made from its table."""
    package = import_module(f"synthesis.text.{FOLDERS[language]}")
    if hasattr(package, "RULES"):
        rules: Rules | MappedRules = package.RULES
        return rules
    return LanguageRules(package.TABLE).rules()


def _heard(said: str, language: str) -> str:
    """Words without foreign letters."""
    heard = without_foreign(said, language)
    return heard if heard.strip() or said == " " else ""


def _unchanged(text: str) -> list[Token]:
    return [
        Token("space" if match[0].isspace() else "word", match.start(), match.end(), match[0])
        for match in re.finditer(r"\s+|\S+", text)
    ]


@lru_cache(maxsize=2048)
def read(text: str, language: str = "en-US") -> Reading:
    """How a sentence is read; the places of its tokens are in `text` itself."""
    written = without_marks(write(text))
    known = language in FOLDERS
    tokens = _rules(language).read(written.text, language) if known else _unchanged(written.text)
    return Reading(
        tuple(
            Token(
                token.kind,
                written.starts[token.start],
                written.ends[token.end - 1],
                _heard(token.said, language),
            )
            for token in tokens
        )
    )


def normalize(text: str, language: str = "en-US") -> str:
    """A sentence in the words with which it is read aloud.

    >>> normalize("Dr. Lee paid $5.50 on 2024-03-01.")
    'Doctor Lee paid five dollars and fifty cents on March first, twenty twenty-four.'
    """
    return read(text, language).text
