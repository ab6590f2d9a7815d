"""What visitors' words mean: the facets of voices that they name, read from vocabulary.toml."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FACETS = ("language", "gender", "age", "style", "use")
MAX_TERMS = 8
_LONGEST_PHRASE = 3
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
_NEGATIONS = frozenset({"no", "not", "non", "without", "ohne", "nicht", "kein", "keine"})
_SHORTEST_PART = 4  # letters of a word that is written together with another
_INFLECTED = (
    "er",
    "en",
    "em",
    "es",
    "e",
)  # as German has "warm" be "warmer Erzähler", "warme Stimme"
_PRICE = re.compile(
    r"\b(?:under|below|max|up to|less than|at most|unter|bis)\s*[$€£¥]?\s*(\d{1,7})(?:[.,]\d\d)?\s*"
    r"(?:dollars?|euros?|usd|eur|gbp)?\b|<\s*[$€£¥]?\s*(\d{1,7})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Concept:
    """One value of one facet, as `style`, `warm`."""

    facet: str
    value: str


@dataclass(frozen=True)
class Term:
    """One idea of what was written: facets that it may mean, and the word as it may stand in a listing."""

    word: str
    concepts: tuple[Concept, ...] = ()
    unwanted: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a visitor wrote, understood; the price in whole units, none if they named none."""

    terms: tuple[Term, ...] = ()
    max_price: int | None = None

    @property
    def asked(self) -> list[Term]:
        """The ideas that a voice should fit, without those that it must not."""
        return [term for term in self.terms if not term.unwanted]


@dataclass(frozen=True)
class _Vocabulary:
    concepts: dict[str, tuple[Concept, ...]]
    means: dict[str, tuple[str, ...]]
    akin: dict[Concept, tuple[Concept, ...]]
    ignored: frozenset[str]


def plain(text: str) -> str:
    """A text in lower case, without the accents of Latin letters."""
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in parts if not "\u0300" <= c <= "\u036f"))


@cache
def _vocabulary() -> _Vocabulary:
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        data = tomllib.load(file)
    concepts: dict[str, list[Concept]] = defaultdict(list)
    for facet in FACETS:
        for value, words in data[facet].items():
            for word in words.split():
                concepts[word].append(Concept(facet, value))
    return _Vocabulary(
        concepts={word: tuple(found) for word, found in concepts.items()},
        means={word: tuple(meant.split()) for word, meant in data["means"].items()},
        akin={
            Concept(facet, value): tuple(Concept(facet, near) for near in nearest.split())
            for facet, values in data["akin"].items()
            for value, nearest in values.items()
        },
        ignored=frozenset(data["ignored"].split()),
    )


def akin_to(term: Term) -> list[Concept]:
    """What comes close to the meanings of a term, such as a calm voice to a warm one."""
    akin = _vocabulary().akin
    return [near for concept in term.concepts for near in akin.get(concept, ())]


def known_words() -> list[str]:
    """Every word that means something here."""
    vocabulary = _vocabulary()
    return [*vocabulary.concepts, *vocabulary.means]


def understand(text: str) -> Wanted:
    """Read what a visitor wrote, at most eight ideas of it."""
    text = plain(text)
    price = next((int(a or b) for a, b in _PRICE.findall(text)), None)
    words = _words(_PRICE.sub(" ", text))
    terms: list[Term] = []
    unwanted = False
    while words and len(terms) < MAX_TERMS:
        if words[0] in _NEGATIONS and len(words) > 1:
            unwanted, words = True, words[1:]
            continue
        found, count = _next_terms(words)
        words = words[count:]
        terms += [Term(term.word, term.concepts, unwanted) for term in found]
        unwanted = unwanted and not found
    return Wanted(tuple(terms[:MAX_TERMS]), price)


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in _WORD.findall(text):
        words += _han_words(word) if _HAN.search(word) else [word.replace("’", "'")]
    return words


def _han_words(run: str) -> list[str]:
    """Cut what is written without spaces at the words that are known, longest first."""
    vocabulary, start = _vocabulary(), 0
    words: list[str] = []
    while start < len(run):
        for length in range(min(6, len(run) - start), 1, -1):
            part = run[start : start + length]
            if part in vocabulary.concepts or part in vocabulary.ignored:
                break
        else:
            length = 1
        words.append(run[start : start + length])
        start += length
    return words


def _next_terms(words: list[str]) -> tuple[list[Term], int]:
    """The terms that the first words are, and how many words they took."""
    vocabulary = _vocabulary()
    for count in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
        for phrase in {"-".join(words[:count]), "".join(words[:count])}:
            if phrase in vocabulary.concepts:
                return [Term(phrase, vocabulary.concepts[phrase])], count
    first = words[0]
    if first in vocabulary.means:
        return [Term(word, vocabulary.concepts[word]) for word in vocabulary.means[first]], 1
    if first in vocabulary.ignored:
        return [], 1
    known = _without_inflection(first)
    if known not in vocabulary.concepts and (parts := _parts(first)):
        return _all_terms(list(parts)), 1
    return [Term(known, vocabulary.concepts.get(known, ()))], 1


def _all_terms(words: list[str]) -> list[Term]:
    terms: list[Term] = []
    while words:
        found, count = _next_terms(words)
        terms, words = terms + found, words[count:]
    return terms


def _parts(word: str) -> tuple[str, str] | None:
    """Two known words that are written as one, as German does ("Hörbucherzähler"); None if it is not that."""
    vocabulary = _vocabulary()

    def means_something(part: str) -> bool:
        return part in vocabulary.concepts or part in vocabulary.means

    for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        first, second = word[:place], word[place:]
        if means_something(first) and (means_something(second) or second in vocabulary.ignored):
            return first, second
    return None


def _without_inflection(word: str) -> str:
    """The known word that a word is a form of; otherwise the word as it is."""
    stems = (word.removesuffix(ending) for ending in _INFLECTED if word.endswith(ending))
    return next((stem for stem in stems if stem in _vocabulary().concepts), word)
