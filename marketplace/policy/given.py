"""Given pronunciations beside each other, beside letters, and of several words: what they are heard as together.

The engine says what stands in one word without a pause, whatever each part of it was given for: "ko" as
"koʊ" and "de" as "d" are "code". So the sounds of neighbours are joined before they are compared.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice, product

from marketplace.policy.by_ear import taken_for
from marketplace.policy.sounding import sounds_of
from synthesis.text.pieces import Given
from synthesis.text.pronunciation import phones

LETTERS = 60  # beside each other, whose sounds are joined with those of a given word
LONGEST = 18  # phones of what is heard as one word
PARTS = 12  # of it
READINGS = 4  # of one word with given parts
_LETTER = "A-Za-z\u00c0-\u02af\u0900-\u0963\u1e00-\u1eff"
# Marks are no letters; of what else is none, nothing is heard
_RUN = re.compile(rf"(?:[{_LETTER}]|[^\w\s;:,.!?—…])+")
_ATOM = re.compile(rf"[{_LETTER}]+(?:['\u2019][{_LETTER}]+)*|[^\w\s]")


@dataclass(frozen=True)
class Atom:
    """A part of what is heard: how it is said, in IPA or phones, and how it is written.

    given: whether its pronunciation was given.
    """

    said: str
    written: str
    given: bool = True


def clusters_of(text: str, marks: Iterable[str]) -> Iterator[re.Match[str]]:
    """The words of a text that have given parts, with the signs beside them for which nothing is said."""
    known = frozenset(marks)
    return (run for run in _RUN.finditer(text) if not known.isdisjoint(run[0]))


def atoms_of(cluster: str, given: Mapping[str, Given], language: str) -> tuple[Atom, ...]:
    """The parts of a word: each mark with its pronunciation, and letters between them as a language reads them."""
    found = []
    for part in _ATOM.findall(cluster):
        if part in given:
            found.append(Atom(given[part].ipa, given[part].word))
        elif part[0].isalpha():
            found.append(Atom(_read(part, language), part, given=False))
    return tuple(found)


def _read(letters: str, language: str) -> str:
    """How letters sound; empty where they are too many to be a part of anything."""
    if len(letters) > LETTERS:
        return ""
    return next(iter(sounds_of(letters.casefold(), language)), "")


def readings_of(atoms: Sequence[Atom], go_on: Callable[[], None]) -> tuple[str, ...]:
    """The words that a word with given parts may be heard as, the likest first; empty for none of the rules'.

    go_on: asked before each part.
    """
    if len(atoms) == 1:
        return sounding_like(atoms[0].said, atoms[0].written)
    return _together(atoms, "", go_on)


def said_of(atoms: Iterable[Atom]) -> str:
    """How the parts of a word are said together, in IPA or phones."""
    return "".join(atom.said for atom in atoms)


@lru_cache(maxsize=4096)
def sounding_like(ipa: str, word: str = "") -> tuple[str, ...]:
    """Words of the rules that sound like a pronunciation, or like the words that it is of.

    word: which has it, whose parts stand for those of its words that sound like none of the rules'.
    """
    whole = taken_for(ipa)
    parts = ipa.split()
    if len(parts) == 1:
        return whole
    own = _aligned(word.split(), [len(phones(part)) for part in parts])
    atoms = tuple(Atom(part, each) for part, each in zip(parts, own, strict=True))
    return tuple(dict.fromkeys((*whole, *_together(atoms, " "))))


def _aligned(words: Sequence[str], lengths: Sequence[int]) -> list[str]:
    """Which of the words each part of a pronunciation is of: those that stand as far on in what was written."""
    if len(words) == len(lengths):
        return list(words)
    found: list[list[str]] = [[] for _ in lengths]
    if len(words) > 1:
        total, length, before = sum(lengths), sum(map(len, words)), 0
        ends = list(accumulate(lengths))
        for word in words:
            place = (before + len(word) / 2) / length * total
            found[min(bisect_right(ends, place), len(ends) - 1)].append(word)
            before += len(word)
    return [" ".join(each) for each in found]


def _together(
    atoms: Sequence[Atom], gap: str, go_on: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """What parts are heard as: the longest words that they make, the shortest, and each by itself.

    gap: what stands between parts that are heard as no word of the rules.
    """
    found: dict[str, None] = {}
    for longest in (True, False):
        said: list[tuple[str, bool]] = []
        at = 0
        while at < len(atoms):
            go_on()
            width, words = _word_at(atoms, at, longest=longest)
            said.append((words[0], True) if words else (atoms[at].written, False))
            at += width
        if any(heard for _, heard in said):
            found[_joined(said, gap)] = None
    options = [
        list(dict.fromkeys([*(taken_for(atom.said)[:2] if atom.given else ()), atom.written]))
        for atom in atoms
    ]
    options = [[word for word in each if word] or [""] for each in options]
    for chosen in islice(product(*options), READINGS):
        said = [(word, word != atom.written) for word, atom in zip(chosen, atoms, strict=True)]
        if any(heard for _, heard in said):
            found[_joined(said, gap)] = None
            found[gap.join(chosen)] = None
    return tuple(" ".join(words.split()) for words in found)


def _word_at(atoms: Sequence[Atom], at: int, *, longest: bool) -> tuple[int, tuple[str, ...]]:
    """How many parts from a place on are heard as one word, and as which; (1, ()) for none."""
    best: tuple[int, tuple[str, ...]] = (1, ())
    said, length, given = "", 0, False
    for width, atom in enumerate(atoms[at : at + PARTS], start=1):
        said += atom.said
        length += len(phones(atom.said))
        given = given or atom.given
        if length > LONGEST or not atom.said:
            break
        if given and (words := taken_for(said)):
            best = width, words
            if not longest:
                break
    return best


def _joined(said: Sequence[tuple[str, bool]], gap: str) -> str:
    """Parts as one text, with spaces around what is heard as a word."""
    text = ""
    for word, heard in said:
        text += f" {word} " if heard else f"{gap}{word}{gap}"
    return text
