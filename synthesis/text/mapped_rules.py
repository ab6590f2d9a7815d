"""Rules for scripts without spaces: wetext's grammars say the numbers, a lexicon finds the words.

What the grammar replaced is found by comparison, so that every word keeps its place in what was written.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import Any

from synthesis.text.tokens import Token
from synthesis.text.written import Edit, write

_PIECES = re.compile(r"\s+|[^\W_]+|_+|[^\w\s]")
_CLAUSES = re.compile(r"[^。，、；！？!?;\n]+")
LONGEST = (
    80  # characters of a clause that is compared: it takes time with their cube where they repeat
)
_BREAKS = re.compile(
    r".*[^\W\da-zA-Z]", re.DOTALL
)  # up to a character that no number goes on behind
_COUNTER = re.compile("[年月日号號点時时分秒个個人元円块岁歳章回次名位米度倍本冊匹階杯週间間世]")
_SIGNS = re.compile(r"[\d%‰°℃℉$€£¥￥₩+=×÷<>≥≤²³Ⅰ-ⅿ①-⓿-]")
Split = Callable[[str], Iterable[tuple[str, int, int]]]  # words of a text and their places


def changes(clause: str, said: str) -> list[tuple[int, int, str]]:
    """Where a reading differs from what was written: start, end, and what is said there.

    >>> changes("占1/3。", "占三分之一。")
    [(1, 4, '三分之一')]
    """
    found: list[tuple[int, int, str]] = []
    for kind, start, end, begins, ends in SequenceMatcher(
        None, clause, said, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            counted = found and found[-1][1] == start and _COUNTER.match(clause, start)
            if counted:  # "3月" is one word
                found[-1] = found[-1][0], start + 1, found[-1][2] + clause[start]
        elif found and found[-1][1] >= start:
            found[-1] = found[-1][0], max(end, found[-1][1]), found[-1][2] + said[begins:ends]
        elif end > start:
            found.append((start, end, said[begins:ends]))
        else:  # something is said where nothing stands: it belongs to a sign beside it
            place, spoken = max(start - 1, 0), said[begins:ends]
            beside = clause[place]
            found.append((place, place + 1, beside + spoken if start else spoken + beside))
    return found


def clauses(text: str) -> Iterator[tuple[int, str]]:
    """The clauses of a text with their places; long ones in parts, cut behind a word where there is one.

    >>> [(start, len(part)) for start, part in clauses("好，" + "的" * 100)]
    [(0, 1), (2, 80), (82, 20)]
    """
    for clause in _CLAUSES.finditer(text):
        start = clause.start()
        while clause.end() - start > LONGEST:
            whole = _BREAKS.match(text, start, start + LONGEST)
            end = whole.end() if whole else start + LONGEST
            yield start, text[start:end]
            start = end
        yield start, text[start : clause.end()]


def first_edits(
    rules: Iterable[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]], text: str
) -> list[Edit]:
    """Stretches of a text and what stands there instead, the first rule for each, in order."""
    found: list[Edit] = []
    taken: set[int] = set()
    for pattern, instead in rules:
        for match in pattern.finditer(text):
            places = range(match.start(), match.end())
            if taken.isdisjoint(places):
                taken.update(places)
                found.append((match.start(), match.end(), instead(match)))
    return sorted(found)


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
        self._replaced = lru_cache(maxsize=4096)(self._read_clause)

    @cached_property
    def _grammar(self) -> Any:
        from wetext import Normalizer

        return Normalizer(lang=self._language, operator="tn")

    def read(self, text: str, variant: str = "") -> list[Token]:
        """The tokens of a text, in order."""
        if not text.strip():
            return []
        plain = write(text)  # which may be shorter, so that the edits are those of its own places
        prepared = plain.edited(self._edits(plain.text))
        tokens: list[Token] = []
        done = 0
        for begins, clause in clauses(prepared.text):
            if _SIGNS.search(clause) is None:  # words alone: the grammar would take long over it
                continue
            for start, end, said in self._replaced(clause):
                tokens += self._plain(prepared.text, done, begins + start)
                done = begins + end
                tokens.append(Token("number", begins + start, done, self._said(said)))
        tokens += self._plain(prepared.text, done, len(prepared.text))
        return [
            Token(each.kind, prepared.starts[each.start], prepared.ends[each.end - 1], each.said)
            for each in tokens
        ]

    def _read_clause(self, clause: str) -> tuple[tuple[int, int, str], ...]:
        """What the grammar replaces in a clause: start, end, and how it is said.

        wetext's own mapping takes ten times as long as its reading, so the two are compared.
        """
        with self._one_at_a_time:
            said = self._grammar.normalize(clause)
        return tuple(changes(clause, said))

    def _plain(self, text: str, start: int, end: int) -> Iterator[Token]:
        for piece in _PIECES.finditer(text, start, end):
            if piece[0].isspace():
                yield Token("space", piece.start(), piece.end(), " ")
            elif not piece[0][0].isalnum():
                yield Token("punctuation", piece.start(), piece.end(), piece[0])
            else:
                for word, begins, ends in self._words(piece[0]):
                    yield Token("letters", piece.start() + begins, piece.start() + ends, word)
