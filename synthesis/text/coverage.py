"""Which sentences, read in which order, bring the most different sounds soonest.

A greedy cover (van Santen and Buchsbaum 1997, "Methods for optimal text selection"): the next sentence is the one
that adds most. Which sound follows which matters as well as the sounds, so pairs of phonemes count too.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_STRESS = "ˈˌ"  # a syllable's, not a sound's
_PAUSE = "_"


@dataclass(frozen=True)
class Candidate:
    """A sentence, what it stands for (a use), and its phonemes as the engine reads it."""

    text: str
    kind: str
    phonemes: str


def sounds(phonemes: str) -> list[str]:
    """The phonemes of a sentence in order, with a pause where words leave room for one.

    >>> sounds("tˈɔɪ, tuː")
    ['t', 'ɔ', 'ɪ', '_', 't', 'uː']
    """
    found: list[str] = []
    for symbol in phonemes:
        kind = unicodedata.category(symbol)
        if symbol in _STRESS or kind.startswith("Z"):
            continue
        if kind in ("Lm", "Mn") and found and found[-1] != _PAUSE:
            found[-1] += symbol  # a length, a nasal, an aspiration: part of the sound before
        elif kind.startswith("L"):
            found.append(symbol)
        elif kind.startswith("P") and found and found[-1] != _PAUSE:
            found.append(_PAUSE)
    return found[:-1] if found and found[-1] == _PAUSE else found


def pairs(phonemes: str) -> set[tuple[str, str]]:
    """Which sound follows which in a sentence, from the silence before it to that behind it."""
    inner = [_PAUSE, *sounds(phonemes), _PAUSE]
    return set(pairwise(inner))


def choose(candidates: Sequence[Candidate], most: int) -> list[Candidate]:
    """At most so many candidates, in the order in which they should be read.

    Kinds take turns. Of a kind's, the next is the one with most phonemes that are still missing; of equals, the
    one with most new pairs.
    """
    left = list(candidates)
    chosen: list[Candidate] = []
    heard: set[str] = set()
    joined: set[tuple[str, str]] = set()
    turns: Counter[str] = Counter()
    while left and len(chosen) < most:
        fewest = min(turns[each.kind] for each in left)
        best = max(
            (each for each in left if turns[each.kind] == fewest),
            key=lambda each: (
                len(set(sounds(each.phonemes)) - heard),
                len(pairs(each.phonemes) - joined),
                each.text,
            ),
        )
        left.remove(best)
        chosen.append(best)
        turns[best.kind] += 1
        heard |= set(sounds(best.phonemes))
        joined |= pairs(best.phonemes)
    return chosen


def coverage(chosen: Sequence[Candidate], candidates: Sequence[Candidate]) -> tuple[float, float]:
    """The shares of all candidates' phonemes and pairs that the chosen ones have."""
    all_sounds = {sound for each in candidates for sound in sounds(each.phonemes)}
    all_pairs = {pair for each in candidates for pair in pairs(each.phonemes)}
    heard = {sound for each in chosen for sound in sounds(each.phonemes)}
    joined = {pair for each in chosen for pair in pairs(each.phonemes)}
    return len(heard) / max(1, len(all_sounds)), len(joined) / max(1, len(all_pairs))
