"""A lexicon: words that are said in another way, as other words or with given phonemes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from synthesis.text.pieces import FIRST_MARK, MAX_GIVEN, Given, Mark, Piece, Script

_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|\S")
_SPACED_LETTER = re.compile(rf"[^\W{_UNSPACED}]")
_QUOTES = {"’": "'", "‘": "'", "ʼ": "'"}


@dataclass(frozen=True)
class Entry:
    """A word, and what is said for it: either the alias, a text, or the IPA.

    language: a tag; "" for all; whole_words: whether it must stand by itself.
    """

    word: str
    alias: str = ""
    ipa: str = ""
    language: str = ""
    case_sensitive: bool = False
    whole_words: bool = True

    def is_for(self, language: str) -> bool:
        """Whether it applies where this language is spoken."""
        return not self.language or self.language[:2] == language[:2]


def _exact(text: str) -> str:
    """The text with one kind of apostrophe, character for character."""
    return "".join(_QUOTES.get(each, each) for each in text)


def _folded(text: str) -> str:
    """The text in lower case, character for character."""
    return "".join(each.lower() if len(each.lower()) == 1 else each for each in text)


@dataclass(frozen=True)
class Lexicon:
    """Entries in order of precedence, where two fit equally long stretches."""

    entries: Sequence[Entry] = ()

    @cached_property
    def _by_first(self) -> Mapping[str, list[Entry]]:
        """Entries by their first token, the longest first."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(
            self.entries, key=lambda each: (-len(each.word), not each.case_sensitive)
        ):
            if first := _TOKEN.match(_folded(_exact(entry.word))):
                found[first[0] if entry.whole_words else first[0][0]].append(entry)
        return found

    def applied(self, script: Script, language: str) -> Script:
        """The script with its words as the lexicon has them; language: the voice's own.

        The script itself is returned where nothing is changed.
        """
        given = dict(script.given)
        pieces = [
            self._applied(piece, piece.language or language, given) for piece in script.pieces
        ]
        if all(new is old for new, old in zip(pieces, script.pieces, strict=True)):
            return script
        return replace(script, pieces=pieces, given=given)

    def _applied(self, piece: Piece, language: str, given: dict[str, Given]) -> Piece:
        found = list(self._found(piece.text, language))
        if not found:
            return piece
        text, starts, ends = "", list[int](), list[int]()
        moved: list[
            tuple[int, int]
        ] = []  # where an edit ended, and by how much that moved the rest
        done = 0
        for start, end, entry in found:
            said = entry.alias or _mark_of(Given(piece.text[start:end], entry.ipa, False), given)
            text += piece.text[done:start] + said
            starts += piece.starts[done:start] + [piece.starts[start]] * len(said)
            ends += piece.ends[done:start] + [piece.ends[end - 1]] * len(said)
            moved.append((end, len(text) - end))
            done = end
        text += piece.text[done:]
        starts += piece.starts[done:]
        ends += piece.ends[done:]

        def place(old: int) -> int:
            return old + next((by for end, by in reversed(moved) if end <= old), 0)

        return replace(
            piece,
            text=text,
            starts=starts,
            ends=ends,
            stretches=[
                replace(each, start=place(each.start), end=place(each.end))
                for each in piece.stretches
            ],
            marks=[Mark(each.name, place(each.at)) for each in piece.marks],
        )

    def _found(self, text: str, language: str) -> Iterator[tuple[int, int, Entry]]:
        """Where entries apply, from left to right."""
        exact = _exact(text)
        folded = _folded(exact)
        done = 0
        for token in _TOKEN.finditer(folded):
            for place in range(token.start(), token.end()):
                if place < done:
                    continue
                entry = self._at(place, token, exact, folded, language)
                if entry is not None:
                    done = place + len(entry.word)
                    yield place, done, entry

    def _at(
        self, place: int, token: re.Match[str], exact: str, folded: str, language: str
    ) -> Entry | None:
        starting = place == token.start()
        for entry in self._by_first.get(token[0], ()) if starting else ():
            if entry.whole_words and _fits(entry, place, exact, folded, language):
                return entry
        for entry in self._by_first.get(folded[place], ()):
            if not entry.whole_words and _fits(entry, place, exact, folded, language):
                return entry
        return None


def _fits(entry: Entry, place: int, exact: str, folded: str, language: str) -> bool:
    """Whether an entry applies at a place of a text."""
    word = _exact(entry.word)
    whole = (
        exact.startswith(word, place)
        if entry.case_sensitive
        else folded.startswith(_folded(word), place)
    )
    if not whole or not entry.is_for(language):
        return False
    if not entry.whole_words:
        return True
    end = place + len(word)
    goes_on = end < len(folded) and _SPACED_LETTER.match(folded[end]) is not None
    return not (goes_on and _SPACED_LETTER.match(folded[end - 1]))


def _mark_of(wanted: Given, given: dict[str, Given]) -> str:
    """The private-use character that stands for a word with its phonemes."""
    for mark, known in given.items():
        if known == wanted:
            return mark
    if len(given) >= MAX_GIVEN:
        return wanted.word
    mark = chr(FIRST_MARK + len(given))
    given[mark] = wanted
    return mark
