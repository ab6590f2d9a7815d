"""Rules for scripts without spaces: wetext's grammars say the numbers, a lexicon finds the words.

wetext tells what it replaced and where, so that every word keeps its place in what was written.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from synthesis.text.tokens import Token
from synthesis.text.written import Edit, write

_PIECES = re.compile(r"\s+|[^\W_]+|_+|[^\w\s]")
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

    @cached_property
    def _grammar(self) -> Any:
        from wetext import Normalizer

        return Normalizer(lang=self._language, operator="tn")

    def read(self, text: str, variant: str = "") -> list[Token]:
        """The tokens of a text, in order."""
        if not text.strip():
            return []
        prepared = write(text).edited(self._edits(text))
        with self._one_at_a_time:
            result = self._grammar.normalize_with_mapping(prepared.text)
        tokens: list[Token] = []
        done = 0
        for mapping in result.mappings:
            if mapping.input_start < done or mapping.input_end <= mapping.input_start:
                continue
            tokens += self._plain(prepared.text, done, mapping.input_start)
            tokens.append(
                Token(
                    str(mapping.token_type or "number"),
                    mapping.input_start,
                    mapping.input_end,
                    self._said(mapping.output_text),
                )
            )
            done = mapping.input_end
        tokens += self._plain(prepared.text, done, len(prepared.text))
        return [
            Token(each.kind, prepared.starts[each.start], prepared.ends[each.end - 1], each.said)
            for each in tokens
        ]

    def _plain(self, text: str, start: int, end: int) -> Iterator[Token]:
        for piece in _PIECES.finditer(text, start, end):
            if piece[0].isspace():
                yield Token("space", piece.start(), piece.end(), " ")
            elif not piece[0][0].isalnum():
                yield Token("punctuation", piece.start(), piece.end(), piece[0])
            else:
                for word, begins, ends in self._words(piece[0]):
                    yield Token("letters", piece.start() + begins, piece.start() + ends, word)
