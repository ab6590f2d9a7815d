"""A lexicon: words that are said in another way, as other words or with given phonemes."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter

from synthesis.refusals import TextRefused
from synthesis.text.pieces import FIRST_MARK, MAX_GIVEN, Given, Mark, Piece, Script

MAX_GROWTH = 2  # times as long as it was written may a text become, and this many characters more:
MAX_MORE = 1000
STRIDE = 8  # about the square root of a word's greatest length
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
class _Word:
    """An entry with its word as it is compared: character for character, and in lower case."""

    entry: Entry
    exact: str
    folded: str


class _Index:
    """Words in order, so that those which a text begins with are found by bisection.

    Whatever stands between a word and a text that begins with it begins with it too. So the last word
    before a text is the longest it begins with, or begins with that itself.
    """

    def __init__(self, entries: Iterable[_Word]) -> None:
        self._folded = dict[str, Entry]()
        self._exact = dict[str, dict[str, Entry]]()
        for word in entries:  # of two for the same word, the first has precedence
            if word.entry.case_sensitive:
                self._exact.setdefault(word.folded, {}).setdefault(word.exact, word.entry)
            else:
                self._folded.setdefault(word.folded, word.entry)
        self._words = sorted({*self._folded, *self._exact})
        self._firsts = {word[:1] for word in self._words}
        self._longest = max(map(len, self._words), default=0)
        self._within = array(
            "i"
        )  # the place of the longest other word that each begins with, or -1
        self._far = array("i")  # that of the one `STRIDE` such steps away
        above = list[int]()
        for place, text in enumerate(self._words):
            while above and not text.startswith(self._words[above[-1]]):
                above.pop()
            self._within.append(above[-1] if above else -1)
            self._far.append(above[-STRIDE] if len(above) >= STRIDE else -1)
            above.append(place)

    def at(self, place: int, exact: str, folded: str) -> Iterator[Entry]:
        """Entries whose word stands at a place, the longest first, then those with capitals."""
        if folded[place] not in self._firsts:
            return
        ahead = folded[place : place + self._longest]
        found = self._longest_in(ahead)
        while found >= 0:
            word = self._words[found]
            if word in self._exact:
                with_capitals = self._exact[word].get(exact[place : place + len(word)])
                if with_capitals is not None:
                    yield with_capitals
            if word in self._folded:
                yield self._folded[word]
            found = self._within[found]

    def _longest_in(self, ahead: str) -> int:
        """The place of the longest word that a text begins with, or -1."""
        found = bisect_right(self._words, ahead) - 1
        while found >= 0 and not ahead.startswith(self._words[found]):
            far = self._far[found]
            away = far < 0 or ahead.startswith(self._words[far])
            found = self._within[found] if away else far
        return found


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
    def _words(self) -> list[_Word]:
        exact = [_exact(entry.word) for entry in self.entries]
        return [_Word(*each, _folded(each[1])) for each in zip(self.entries, exact, strict=True)]

    @cached_property
    def _indexes(self) -> dict[str, tuple[_Index, _Index]]:
        return {}

    def _index(self, language: str) -> tuple[_Index, _Index]:
        """What applies in a language: to whole words, and anywhere."""
        known = language[:2]
        if not any(word.entry.language[:2] == known for word in self._words):
            known = ""
        if known not in self._indexes:
            here = [word for word in self._words if word.entry.is_for(known)]
            self._indexes[known] = (
                _Index(word for word in here if word.entry.whole_words),
                _Index(word for word in here if not word.entry.whole_words),
            )
        return self._indexes[known]

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
        whole, anywhere = self._index(language)
        exact = _exact(text)
        folded = _folded(exact)
        done = 0
        for token in _TOKEN.finditer(folded):
            for place in range(max(done, token.start()), token.end()):
                if place < done:
                    continue
                entry = None
                if place == token.start():
                    entry = _ending_with_a_word(whole.at(place, exact, folded), place, folded)
                entry = entry or next(anywhere.at(place, exact, folded), None)
                if entry is not None:
                    done = place + len(entry.word)
                    yield place, done, entry


def _ending_with_a_word(entries: Iterable[Entry], place: int, folded: str) -> Entry | None:
    fit = (entry for entry in entries if _ends_with_a_word(place + len(entry.word), folded))
    return next(fit, None)


def _ends_with_a_word(end: int, folded: str) -> bool:
    """Whether no word goes on over the end of a stretch."""
    goes_on = end < len(folded) and _SPACED_LETTER.match(folded[end]) is not None
    return not (goes_on and _SPACED_LETTER.match(folded[end - 1]))
