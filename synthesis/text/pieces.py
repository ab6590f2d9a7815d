"""A text that is marked up for speech: its pieces, how each part is delivered and pronounced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import groupby
from math import ceil
from typing import Any

from synthesis.text.delivery import Delivery

FIRST_MARK = 0xE000  # of the private-use characters that stand for a word with given phonemes
MAX_GIVEN = 6000  # different words with given phonemes in one text


@dataclass(frozen=True)
class Given:
    """A word whose pronunciation was given.

    ipa: as it was given; billed: whether it came with the text, and so costs what it is long.
    """

    word: str
    ipa: str
    billed: bool = True


@dataclass(frozen=True)
class Stretch:
    """Characters [start, end) of a piece, delivered in their own way."""

    start: int
    end: int
    delivery: Delivery


@dataclass(frozen=True)
class Mark:
    """A named place in a piece, before its character `at`."""

    name: str
    at: int


@dataclass
class Piece:
    """Text in one language; pause: seconds of silence before it; language: "" for the voice's own.

    starts, ends: for each character, where what it stands for begins and ends in what was written.
    """

    text: str = ""
    language: str = ""
    pause: float = 0.0
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Piece:
        known = {each.name for each in fields(cls)}
        piece = cls(**{name: value for name, value in kept.items() if name in known})
        piece.stretches = [
            Stretch(each["start"], each["end"], Delivery(**each["delivery"]))
            for each in kept.get("stretches", ())
        ]
        piece.marks = [Mark(**each) for each in kept.get("marks", ())]
        return piece


def plain_piece(text: str) -> Piece:
    """A text as it was written."""
    return Piece(text, starts=list(range(len(text))), ends=list(range(1, len(text) + 1)))


@dataclass
class Script:
    """What is to be spoken; given: by the private-use character that stands for it in the pieces.

    marked_up: whether what was written is a document with tags; else it is plain text, in which
    words were replaced.
    """

    pieces: list[Piece]
    given: dict[str, Given] = field(default_factory=dict)
    silence: float = 0.0  # after the last piece
    marked_up: bool = True

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Script:
        return cls(
            [Piece.from_dict(piece) for piece in kept["pieces"]],
            {mark: Given(**given) for mark, given in kept.get("given", {}).items()},
            kept.get("silence", 0.0),
            kept.get("marked_up", True),
        )

    @property
    def text(self) -> str:
        """What is spoken, as one text: what it costs is its length.

        A pronunciation that came with the text stands after its word, between strokes.
        """
        return self.with_words({mark: self._paid(given) for mark, given in self.given.items()})

    def spoken_until(self, end: int) -> int:
        """How many characters of `text` are spoken before place `end` of what was written.

        A part of what an alias stands for counts as that part of the alias.
        """
        long = {mark: len(self._paid(given)) for mark, given in self.given.items()}
        spoken = 0
        for piece in self.pieces:
            spans = zip(piece.text, piece.starts, piece.ends, strict=True)
            for (first, last), run in groupby(spans, key=lambda span: span[1:]):
                characters = [long.get(character, 1) for character, *_ in run]
                share = min(1.0, max(0, end - first) / max(1, last - first))
                spoken += sum(characters[: ceil(share * len(characters))])
        return spoken

    @staticmethod
    def _paid(given: Given) -> str:
        return f"{given.word} /{given.ipa}/" if given.billed else given.word

    def with_words(self, words: Mapping[str, str]) -> str:
        """The text with these words where pronunciations are given."""
        separator = " " if self.marked_up else ""
        text = separator.join(
            piece.text.strip() if self.marked_up else piece.text for piece in self.pieces
        )
        return text.strip().translate({ord(mark): word for mark, word in words.items()})
