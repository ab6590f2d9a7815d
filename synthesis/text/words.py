"""When each written word is said, from the durations of its phonemes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

FRAMES = 40.0  # text frames a second
_PAUSES = frozenset(' .,!?;:—…"“”()')


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
    def joined(words: Iterable[WordSpan]) -> list[WordSpan]:
        """Words in order, those that stand for the same written one as one."""
        found: list[WordSpan] = []
        for word in words:
            if found and found[-1].start == word.start:
                found.append(WordSpan(word.start, word.end, found.pop().begins, word.ends))
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
        (match.start(), match.end())
        for match in re.finditer(r"\S+", text)
        if any(character.isalnum() or "\ue000" <= character <= "\uf8ff" for character in match[0])
    ]


def _bare(word: str) -> str:
    return "".join(character for character in word.lower() if character.isalnum())


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
    read: str,
    phonemes: str,
    durations: Tensor,
    sounds_of: Callable[[str], int],
) -> list[WordSpan]:
    """Every written word of one sentence, in order, without overlap.

    read: the sentence in words, as it was given to the reader; durations: [phonemes + 2] text
    frames, with a boundary token at each end; sounds_of: how many phonemes a word has by itself.
    A word that is read as several ("$5") has the time of all of them.
    """
    spans = _spans(written)
    said = [read[start:end] for start, end in _spans(read)]
    if not spans or not said or not phonemes.strip():
        return []
    edges = np.concatenate([[0.0], np.cumsum(durations.numpy().astype(float))])[1:-1]
    times = _read_times(said, phonemes, edges, sounds_of)
    match = SequenceMatcher(
        a=[_bare(written[start:end]) for start, end in spans],
        b=[_bare(word) for word in said],
        autojunk=False,
    )
    found: list[WordSpan] = []
    for kind, a, a_end, b, b_end in match.get_opcodes():
        if a == a_end:
            continue
        if kind == "equal" or a_end - a == b_end - b:
            pairs = [(place, times[b + place - a]) for place in range(a, a_end)]
        else:
            if b == b_end:  # written and not read: no time at all
                at = times[b][0] if b < len(times) else times[-1][1]
                begin = end = at
            else:
                begin, end = times[b][0], times[b_end - 1][1]
            lengths = np.array([spans[place][1] - spans[place][0] for place in range(a, a_end)])
            parts = (
                begin + (end - begin) * np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum()
            )
            pairs = [(a + i, (parts[i], parts[i + 1])) for i in range(a_end - a)]
        found += [
            WordSpan(*spans[place], float(begin) / FRAMES, float(end) / FRAMES)
            for place, (begin, end) in pairs
        ]
    return found
