"""What a text is made of for a reader: tokens of a class, each with its place and its words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

_CLOSING = frozenset(".,;:!?…)]}»”’\"'")
_OPENING = frozenset("([{«“‘\"'¿¡")


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of text, its class and how it is said.

    start, end: its characters in the text; said: its words, "" for what is silent.
    """

    kind: str
    start: int
    end: int
    said: str

    @property
    def plain(self) -> bool:
        """Whether it is said as it is written, so that it may touch its neighbours."""
        return self.kind in ("word", "punctuation") and bool(self.said)


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word as it is said, marks included, and the characters that it stands for."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """A text as it is read aloud."""

    tokens: tuple[Token, ...]

    @cached_property
    def words(self) -> tuple[SaidWord, ...]:
        """What is said, word by word; the words of "$5" all stand for the same characters."""
        return tuple(_words(self.tokens))

    @cached_property
    def text(self) -> str:
        """What is said, in one line."""
        return " ".join(word.text for word in self.words)


class _Assembly:
    """Words in the making: marks join the word before or after them."""

    def __init__(self) -> None:
        self.words: list[SaidWord] = []
        self._text, self._start, self._end = "", 0, 0

    def add(self, text: str, start: int, end: int) -> None:
        if not self._text:
            self._start = start
        self._text, self._end = self._text + text, end

    def flush(self) -> None:
        text, self._text = self._text, ""
        if not text:
            return
        if self.words and set(text) <= set(".,;:!?…"):  # left alone by something silent
            last = self.words[-1]
            if last.text[-1] not in ".!?…":
                said = last.text.rstrip(",;:") + text
                self.words[-1] = SaidWord(said, last.start, last.end)
            return
        self.words.append(SaidWord(text, self._start, self._end))

    def is_elided(self) -> bool:
        """Whether a word waits whose vowel is left out before the next one: "l'", "dell'"."""
        return len(self._text) > 1 and self._text[-1] in "'’" and self._text[-2].isalpha()

    def is_opening(self) -> bool:
        return set(self._text) <= _OPENING


def _words(tokens: Iterable[Token]) -> list[SaidWord]:
    assembly = _Assembly()
    apart = False  # whether something other than a mark must begin a new word
    elided = False  # whether a number has lost its vowel: "un'" of "1 arancia"
    for token in tokens:
        if token.kind == "space" and elided:
            apart = elided = False
            continue
        elided = not token.plain and token.said.endswith("'")
        if token.kind == "space":
            assembly.flush()
            apart = False
        elif token.plain:
            opens = token.said in "([{" and not assembly.is_opening()
            if opens or (apart and token.said[0] not in _CLOSING):
                assembly.flush()
            assembly.add(token.said, token.start, token.end)
            apart = apart and token.said[0] in _CLOSING
        elif not token.said:
            apart = True
        else:
            if not (assembly.is_opening() or assembly.is_elided()):
                assembly.flush()
            for place, part in enumerate(token.said.split()):
                if place:
                    assembly.flush()
                assembly.add(part, token.start, token.end)
            apart = True
    assembly.flush()
    return assembly.words
