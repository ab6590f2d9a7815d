"""Rules for scripts without spaces: wetext's grammars say the numbers, a lexicon finds the words.

wetext tells what it replaced and where, so that every word keeps its place in what was written.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from synthesis.text.tokens import Token
from synthesis.text.written import Edit, write

_PIECES = re.compile(r"\s+|[^\W_]+|_+|[^\w\s]")
_CLAUSES = re.compile(r"[^。，、；！？!?;\n]+")
_SIGNS = re.compile(r"[\d%‰°℃℉$€£¥￥₩+=×÷<>≥≤²³Ⅰ-ⅿ①-⓿-]")
Split = Callable[[str], Iterable[tuple[str, int, int]]]  # words of a text and their places


class MappedRules:
    """Reads with a grammar of wetext."""

    def __init__(
        self,
        language: str,
        words: Split,
        edits: Callable[[str], list[Edit]],
        said: Callable[[str], str] = lambda text: text,
    ) -> None:
        """edits: what the grammar would misread; said: what it says, put right."""
        self._language, self._words, self._edits, self._said = language, words, edits, said
        self._one_at_a_time = threading.Lock()
        self._grammar_of = lru_cache(maxsize=4096)(self._read_clause)

    @cached_property
    def _grammar(self) -> Any:
        from wetext import Normalizer

        return Normalizer(lang=self._language, operator="tn")

    def read(self, text: str, variant: str = "") -> list[Token]:
        """The tokens of a text, in order."""
        if not text.strip():
            return []
        prepared = write(text).edited(self._edits(text))
        tokens: list[Token] = []
        done = 0
        for clause in _CLAUSES.finditer(prepared.text):
            if _SIGNS.search(clause[0]) is None:  # words alone: the grammar would take long over it
                continue
            for kind, start, end, said in self._grammar_of(clause[0]):
                start, end = clause.start() + start, clause.start() + end
                if start < done or end <= start:
                    continue
                tokens += self._plain(prepared.text, done, start)
                tokens.append(Token(kind, start, end, self._said(said)))
                done = end
        tokens += self._plain(prepared.text, done, len(prepared.text))
        return [
            Token(each.kind, prepared.starts[each.start], prepared.ends[each.end - 1], each.said)
            for each in tokens
        ]

    def _read_clause(self, clause: str) -> tuple[tuple[str, int, int, str], ...]:
        """What the grammar replaces in a clause: kind, start, end, and how it is said."""
        with self._one_at_a_time:
            found = self._grammar.normalize_with_mapping(clause)
        return tuple(
            (
                str(each.token_type or "number"),
                int(each.input_start),
                int(each.input_end),
                str(each.output_text),
            )
            for each in found.mappings
        )

    def _plain(self, text: str, start: int, end: int) -> Iterator[Token]:
        for piece in _PIECES.finditer(text, start, end):
            if piece[0].isspace():
                yield Token("space", piece.start(), piece.end(), " ")
            elif not piece[0][0].isalnum():
                yield Token("punctuation", piece.start(), piece.end(), piece[0])
            else:
                for word, begins, ends in self._words(piece[0]):
                    yield Token("letters", piece.start() + begins, piece.start() + ends, word)
