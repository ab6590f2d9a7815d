"""A lexicon: words that are said in another way, as other words or with given phonemes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter

from synthesis.refusals import TextRefused
from synthesis.text.pieces import FIRST_MARK, MAX_GIVEN, Given, Mark, Piece, Script

MAX_GROWTH = 2  # times as long as it was written may a text become, and this many characters more:
MAX_MORE = 1000
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


class _Node:
    """A place in the tree of words: what goes on from it, and the entries whose word ends here."""

    __slots__ = ("exact", "folded", "on")

    def __init__(self) -> None:
        self.on: dict[str, _Node] = {}
        self.exact: dict[str, list[Entry]] = {}
        self.folded: list[Entry] = []


class _Index:
    """Entries as a tree of letters, so that their number costs nothing where they are looked up."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._root = _Node()
        for entry in entries:
            word, node = _exact(entry.word), self._root
            for letter in _folded(word):
                node = node.on.setdefault(letter, _Node())
            (node.exact.setdefault(word, []) if entry.case_sensitive else node.folded).append(entry)

    def at(self, place: int, exact: str, folded: str) -> Iterator[Entry]:
        """Entries whose word stands at a place, the longest first, then those with capitals."""
        node, found, end = self._root, list[tuple[int, _Node]](), place
        while end < len(folded) and (onward := node.on.get(folded[end])) is not None:
            node, end = onward, end + 1
            if node.exact or node.folded:
                found.append((end, node))
        for stop, ending in reversed(found):
            yield from ending.exact.get(exact[place:stop], ())
            yield from ending.folded


class _Given:
    """Words with their phonemes, and the private-use characters that stand for them."""

    def __init__(self, by_mark: Mapping[str, Given]) -> None:
        self.by_mark = dict(by_mark)
        self._marks = {known: mark for mark, known in by_mark.items()}

    def mark_of(self, wanted: Given) -> str:
        """The character that stands for a word; the word itself where there are too many."""
        if wanted not in self._marks:
            if len(self.by_mark) >= MAX_GIVEN:
                return wanted.word
            mark = chr(FIRST_MARK + len(self.by_mark))
            self.by_mark[mark], self._marks[wanted] = wanted, mark
        return self._marks[wanted]


class _Room:
    """By how much aliases may lengthen a text, asked before it is lengthened."""

    def __init__(self, length: int) -> None:
        self.left = (MAX_GROWTH - 1) * length + MAX_MORE

    def take(self, more: int) -> None:
        self.left -= more
        if self.left < 0:
            raise TextRefused(
                "text_too_long",
                "With the lexicon's aliases the text is too long; send less of it.",
            )


@dataclass(frozen=True)
class Lexicon:
    """Entries in order of precedence, where two fit equally long stretches."""

    entries: Sequence[Entry] = ()

    @cached_property
    def _whole(self) -> _Index:
        return _Index(entry for entry in self.entries if entry.whole_words)

    @cached_property
    def _anywhere(self) -> _Index:
        return _Index(entry for entry in self.entries if not entry.whole_words)

    def applied(self, script: Script, language: str) -> Script:
        """The script with its words as the lexicon has them; language: the voice's own.

        The script itself is returned where nothing is changed.

        Raises:
            TextRefused: text_too_long; aliases would make it much longer than it was written.
        """
        given = _Given(script.given)
        room = _Room(sum(len(piece.text) for piece in script.pieces))
        pieces = [
            self._applied(piece, piece.language or language, given, room) for piece in script.pieces
        ]
        if all(new is old for new, old in zip(pieces, script.pieces, strict=True)):
            return script
        return replace(script, pieces=pieces, given=given.by_mark)

    def _applied(self, piece: Piece, language: str, given: _Given, room: _Room) -> Piece:
        found = list(self._found(piece.text, language))
        if not found:
            return piece
        text, starts, ends = "", list[int](), list[int]()
        moved: list[
            tuple[int, int]
        ] = []  # where an edit ended, and by how much that moved the rest
        done = 0
        for start, end, entry in found:
            said = entry.alias or given.mark_of(Given(piece.text[start:end], entry.ipa, False))
            room.take(len(said) - (end - start))
            text += piece.text[done:start] + said
            starts += piece.starts[done:start] + [piece.starts[start]] * len(said)
            ends += piece.ends[done:start] + [piece.ends[end - 1]] * len(said)
            moved.append((end, len(text) - end))
            done = end
        text += piece.text[done:]
        starts += piece.starts[done:]
        ends += piece.ends[done:]

        def place(old: int) -> int:
            edit = bisect_right(moved, old, key=itemgetter(0))
            return old + (moved[edit - 1][1] if edit else 0)

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
        if place == token.start():
            for entry in self._whole.at(place, exact, folded):
                if entry.is_for(language) and _ends_with_a_word(place + len(entry.word), folded):
                    return entry
        for entry in self._anywhere.at(place, exact, folded):
            if entry.is_for(language):
                return entry
        return None


def _ends_with_a_word(end: int, folded: str) -> bool:
    """Whether no word goes on over the end of a stretch."""
    goes_on = end < len(folded) and _SPACED_LETTER.match(folded[end]) is not None
    return not (goes_on and _SPACED_LETTER.match(folded[end - 1]))
