"""When each written word is said, from the durations of its phonemes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synthesis.text.tokens import Reading, SaidWord

if TYPE_CHECKING:
    from torch import Tensor

FRAMES = 40.0  # text frames a second
_PAUSES = frozenset(' .,!?;:—…"“”()')


@dataclass(frozen=True)
class MarkTime:
    """A named place of a document, and when it is reached: seconds from the start of the speech."""

    name: str
    at: float

    def moved(self, seconds: float) -> MarkTime:
        return MarkTime(self.name, self.at + seconds)


@dataclass(frozen=True)
class WordSpan:
    """A written word and when it is said.

    start, end: its characters in the text; begins, ends: seconds from the start of the speech.
    """

    start: int
    end: int
    begins: float
    ends: float

    @staticmethod
    def parted(words: Iterable[WordSpan], written: str) -> list[WordSpan]:
        """Words of a plain text, each where white space parts it: "New York" said as one is two."""
        found: list[WordSpan] = []
        for word in words:
            places = _spans(written[word.start : word.end])
            if len(places) < 2:
                found.append(word)
                continue
            times = _shared(word.begins, word.ends, [end - start for start, end in places])
            found += [
                WordSpan(word.start + start, word.start + end, begins, ends)
                for (start, end), (begins, ends) in zip(places, times, strict=True)
            ]
        return found

    @staticmethod
    def joined(words: Iterable[WordSpan]) -> list[WordSpan]:
        """Words in order, those that stand for the same written one as one."""
        found: list[WordSpan] = []
        for word in words:
            if found and word.start < max(found[-1].end, found[-1].start + 1):
                last = found.pop()
                end = max(last.end, word.end)
                found.append(WordSpan(last.start, end, last.begins, word.ends))
            else:
                found.append(word)
        return found

    def moved(self, characters: int, seconds: float) -> WordSpan:
        return WordSpan(
            self.start + characters, self.end + characters, self.begins + seconds,
            self.ends + seconds,
        )  # fmt: skip


def _spans(text: str) -> list[tuple[int, int]]:
    return [
        (match.start(), match.end()) for match in re.finditer(r"\S+", text) if _is_heard(match[0])
    ]


_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def _written_words(written: str, reading: Reading) -> list[tuple[int, int]]:
    """The words of a sentence: between spaces, or as they were read in scripts without spaces."""
    if not _UNSPACED.search(written):
        return _spans(written)
    found: list[tuple[int, int]] = []
    for token in reading.tokens:
        if not _is_heard(written[token.start : token.end]):
            continue
        if found and token.start < found[-1][1]:  # several tokens that are said for one sign
            found[-1] = found[-1][0], max(found[-1][1], token.end)
        else:
            found.append((token.start, token.end))
    return found


def _is_heard(word: str) -> bool:
    return any(character.isalnum() or "\ue000" <= character <= "\uf8ff" for character in word)


def _read_times(
    words: list[str], phonemes: str, edges: NDArray[np.float64], sounds_of: Callable[[str], int]
) -> list[tuple[float, float]]:
    """(begin, end) in frames of each word that was read.

    edges: [phonemes + 1] frames at which each phoneme begins, and the last ends. Where the reader
    ran words together, they share the sounds between them in proportion to how many each has.
    """
    groups: list[list[int]] = [[]]
    for place, symbol in enumerate(phonemes):
        if symbol in _PAUSES:
            if groups[-1]:
                groups.append([])
        else:
            groups[-1].append(place)
    groups = [group for group in groups if group]
    if len(groups) == len(words):
        return [(edges[group[0]], edges[group[-1] + 1]) for group in groups]
    sounds = [place for group in groups for place in group]
    counts = np.array([max(1, sounds_of(word)) for word in words], float)
    bounds = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()]) * len(sounds)
    places = np.arange(len(sounds) + 1)
    begins = np.interp(bounds[:-1], places, [*edges[sounds], edges[sounds[-1] + 1]])
    ends = np.interp(bounds[1:], places, [edges[sounds[0]], *edges[np.array(sounds) + 1]])
    return list(zip(begins, ends, strict=True))


def word_spans(
    written: str,
    reading: Reading,
    phonemes: str,
    durations: Tensor,
    sounds_of: Callable[[str], int],
) -> list[WordSpan]:
    """Every written word of one sentence, in order, without overlap.

    reading: how the sentence is read, with places in `written`; durations: [phonemes + 2] text
    frames, with a boundary token at each end; sounds_of: how many phonemes a word has by itself.
    A word that is read as several ("$5") has the time of all of them; words that are read together
    ("May 5") share theirs.
    """
    spans = _written_words(written, reading)
    said = [word for word in reading.words if _is_heard(word.text)]
    if not spans or not said or not phonemes.strip():
        return []
    edges = np.concatenate([[0.0], np.cumsum(durations.numpy().astype(float))])[1:-1]
    times = _read_times([word.text for word in said], phonemes, edges, sounds_of)
    found: list[WordSpan] = []
    for places, words in _together(spans, said):
        lengths = [spans[place][1] - spans[place][0] for place in places]
        if len(words) == len(places):
            parts = [times[word] for word in words]
        elif words:
            parts = _shared(times[words[0]][0], times[words[-1]][1], lengths)
        else:  # written and not said: no time at all
            at = found[-1].ends * FRAMES if found else times[0][0]
            parts = [(at, at)] * len(places)
        found += [
            WordSpan(*spans[place], float(begin) / FRAMES, float(end) / FRAMES)
            for place, (begin, end) in zip(places, parts, strict=True)
        ]
    return found


def _shared(begin: float, end: float, lengths: list[int]) -> list[tuple[float, float]]:
    """A stretch of time in parts as long as `lengths` says."""
    bounds = begin + (end - begin) * np.concatenate([[0], np.cumsum(lengths)]) / sum(lengths)
    return list(pairwise(float(bound) for bound in bounds))


def _together(
    spans: list[tuple[int, int]], said: list[SaidWord]
) -> Iterator[tuple[list[int], list[int]]]:
    """Written words and the words that are said for them, by number, as far apart as they can be."""
    word = 0
    places: list[int] = []
    words: list[int] = []
    reach = 0  # where the said words of the group end
    for place, (start, end) in enumerate(spans):
        if places and start >= reach:
            yield places, words
            places, words = [], []
        places.append(place)
        reach = max(reach, end) if words else end
        while word < len(said) and said[word].start < max(end, reach):
            reach = max(reach, said[word].end)
            words.append(word)
            word += 1
    if places:
        yield places, words + list(range(word, len(said)))
