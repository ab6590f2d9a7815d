"""Parts of a text around given words: as far as a rule looks, with other words in their place."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from marketplace.policy.given import clusters_of
from synthesis.text.pieces import Given

# Words around a given one in which a rule may find it: the farthest looks for 30, and the words that it
# finds there may be several
AROUND = 45
AROUND_CHARACTERS = 1500  # at most
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Excerpt:
    """A part of a text; places: of the words with given parts, in order, with how each is written."""

    text: str
    places: tuple[tuple[int, int], ...]
    written: Mapping[str, str]

    @cached_property
    def _begins(self) -> list[int]:
        return [begin for begin, _ in self.places]

    @property
    def clusters(self) -> list[str]:
        """The words with given parts, each once."""
        return list(self.written)

    def with_words(self, words: Mapping[str, str], span: tuple[int, int] | None = None) -> str:
        """It, or characters [begin, end) of it, with these words for those that have given parts."""
        begin, end = span or (0, len(self.text))
        parts, place = [], begin
        inside = slice(bisect_left(self._begins, begin), bisect_left(self._begins, end))
        for first, last in self.places[inside]:
            own = self.text[first:last]
            parts += [self.text[place:first], words.get(own, self.written[own])]
            place = last
        return "".join([*parts, self.text[place:end]])

    def around(self) -> dict[str, list[tuple[int, int]]]:
        """By each word with given parts, where what surrounds it begins and ends."""
        found: dict[str, list[tuple[int, int]]] = {}
        spans = [match.span() for match in _WORD.finditer(self.text)]
        begins = [begin for begin, _ in spans]
        for first, last in self.places:
            near = found.setdefault(self.text[first:last], [])
            begin, end = _reach(spans, bisect_right(begins, first) - 1)
            if near and begin <= near[-1][1]:
                near[-1] = (near[-1][0], end)
            else:
                near.append((begin, end))
        return found


def _reach(words: list[tuple[int, int]], place: int) -> tuple[int, int]:
    """From where to where what surrounds a word reaches."""
    begin, end = words[place]
    first = max(words[max(0, place - AROUND)][0], begin - AROUND_CHARACTERS)
    return first, min(words[min(place + AROUND, len(words) - 1)][1], end + AROUND_CHARACTERS)


def excerpts_of(text: str, given: Mapping[str, Given]) -> Iterator[Excerpt]:
    """The parts of a text around given words; those that meet are one."""
    marks = frozenset(given)
    words = [match.span() for match in _WORD.finditer(text)]
    parts: list[tuple[int, int]] = []
    for place, (begin, end) in enumerate(words):
        if marks.isdisjoint(text[begin:end]):
            continue
        first, until = _reach(words, place)
        if parts and first <= parts[-1][1]:
            parts[-1] = (parts[-1][0], until)
        else:
            parts.append((first, until))
    written = {ord(mark): each.word for mark, each in given.items()}
    for first, until in parts:
        part = text[first:until]
        found = list(clusters_of(part, marks))
        yield Excerpt(
            part,
            tuple(each.span() for each in found),
            {each[0]: each[0].translate(written) for each in found},
        )
