"""Words that are heard with other borders than are written: "killyou", "Mike ill you"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from marketplace.policy.by_ear import taken_for
from marketplace.policy.given import atoms_of, clusters_of, said_of
from marketplace.policy.sounding import (
    ALIKE,
    SHORT,
    Family,
    alike,
    allophones,
    english_words,
    family_of,
    sounds_of,
    words_by_sound,
    words_of,
)
from synthesis.text.english.lexicon import is_word, known_names
from synthesis.text.pieces import Given
from synthesis.text.pronunciation import difference, phones

TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
TOGETHER = 0.2  # of all that could differ between words and what they are written together as
COMPARED = 60  # characters of a word whose sound is compared; a longer one is taken apart unheard
SPOKEN = 300  # characters of a word; the engine cuts longer ones
WIDTH = 4  # written words that are heard as others together
MOST = 40  # phones of theirs
LONG = 7  # phones of a word that may be heard in other words only nearly
MIN_OTHER = 3  # letters of a word beside those of the rules
MIN_FIRST, MIN_LAST = (
    2,
    3,
)  # letters of the words at the edges, in languages that have no list of words
OTHER, ONE_LETTER = 1.2, 1.5  # how much less likely such words are parts than one of the rules
_LONGEST = 18  # letters of a word, and phones
_FOLDED: dict[Family, dict[int, int]] = {  # sounds that are near
    "english": str.maketrans("ɪjyʊwɯɛæɒɔaoʌɜœøð", "iiiuuueeɑɑɑɑəəəəθ"),
    "romance": str.maketrans("ɪjʊw", "iiuu"),
}
NONE: frozenset[str] = frozenset()
NOTHING_GIVEN: Mapping[str, Given] = MappingProxyType({})
_LATIN = re.compile("[a-z\u00c0-\u02af\u1e00-\u1eff']+")
_JOINTS = frozenset((" ", "-", "\n"))  # what isn't heard between words


def is_known(word: str) -> bool:
    """Whether English knows a word in small letters, if only as a name: "jewish"."""
    names = known_names()
    name = word.capitalize()
    return is_word(word) or name in names or name.removesuffix("s") in names


def written_together(word: str, language: str) -> str:
    """The words that an unknown English word consists of, one of the rules at least; empty if none."""
    if len(word) > SPOKEN:
        return ""
    vocabulary = _vocabulary(language)
    best: list[tuple[float, int] | None] = [
        (0.0, 0)
    ]  # by end: how unlikely, and the last beginning
    for end in range(1, len(word) + 1):
        ways = []
        for begin in range(max(0, end - _LONGEST), end):
            if (before := best[begin]) and (cost := vocabulary.get(word[begin:end])):
                ways.append((before[0] + cost, begin))
        best.append(min(ways, default=None))
    parts: list[str] = []
    end = len(word)
    while end and (last := best[end]):
        parts.insert(0, word[last[1] : end])
        end = last[1]
    if len(parts) < 2 or not any(part in words_of("english") for part in parts):
        return ""
    if len(word) <= COMPARED:
        together = "".join(sounds_of(part, language)[0] for part in parts)
        if difference(together, sounds_of(word, language)[0]) > TOGETHER:
            return ""
    return " ".join(parts)


@lru_cache(maxsize=2)
def _vocabulary(language: str) -> dict[str, float]:
    """What words may be written together, and how unlikely each is by itself."""
    known = english_words(language)
    rules = (word for word in words_of("english") if word in known or len(word) > MIN_OTHER)
    return {
        **{word: OTHER for word in known if len(word) >= MIN_OTHER},
        **dict.fromkeys(SHORT["english"], ONE_LETTER),
        **dict.fromkeys(rules, 1.0),
    }


@dataclass(frozen=True)
class _Spoken:
    """A written word, where it stands, how it sounds, and whether English doesn't know it.

    given: how it is said where a pronunciation is given for it or a part of it.
    """

    word: str
    begin: int
    end: int
    sound: str
    unknown: bool
    given: str = ""


def parted(
    text: str,
    language: str,
    family: Family,
    *,
    kept: frozenset[str] = NONE,
    given: Mapping[str, Given] = NOTHING_GIVEN,
) -> str:
    """A text with the other words of the rules that can be heard in it, in time in proportion to it.

    kept: words that are what they are; given: by the character that stands for a word, its pronunciation.
    """
    if family == "hindi":  # whose vowel signs part no words
        return text
    found: list[str] = []
    place = 0
    for run in _runs(_tokens(text, language, family, given), text):
        at = 0
        while at < len(run):
            width, heard = _heard_from(run[at : at + WIDTH], language, family)
            if heard and not (width == 1 and run[at].word in kept):
                found += [text[place : run[at].begin], heard]
                place = run[at + width - 1].end
            at += width
    return "".join([*found, text[place:]])


def _runs(tokens: Iterable[_Spoken | None], text: str) -> Iterator[list[_Spoken]]:
    """The words of a text between which nothing is heard."""
    run: list[_Spoken] = []
    for token in tokens:
        if run and (token is None or text[run[-1].end : token.begin] not in _JOINTS):
            yield run
            run = []
        if token is not None:
            run.append(token)
    if run:
        yield run


def _tokens(
    text: str, language: str, family: Family, given: Mapping[str, Given]
) -> Iterator[_Spoken | None]:
    """The words of a text; None for one that is heard as no other."""
    place = 0
    for cluster in clusters_of(text, given) if given else ():
        yield from _written_tokens(text, place, cluster.start(), language, family)
        place = cluster.end()
        said = said_of(atoms_of(cluster[0], given, language))
        sound = phones(allophones(said, language))
        yield (
            _Spoken(cluster[0], *cluster.span(), sound, unknown=True, given=said)
            if sound and len(sound) <= MOST
            else None
        )
    yield from _written_tokens(text, place, len(text), language, family)


def _written_tokens(
    text: str, begin: int, end: int, language: str, family: Family
) -> Iterator[_Spoken | None]:
    for token in TOKEN.finditer(text, begin, end):
        word = token[0].casefold().replace("\u2019", "'")
        if len(word) > COMPARED or (family == "english" and not _LATIN.fullmatch(word)):
            yield None
        else:
            yield _Spoken(word, *token.span(), *_sound(word, language, family))


@lru_cache(maxsize=65_536)
def _sound(word: str, language: str, family: Family) -> tuple[str, bool]:
    known = word in words_of(family) or (family == "english" and is_known(word))
    return sounds_of(word, language)[0], not known and word not in SHORT[family]


def _heard_from(window: Sequence[_Spoken], language: str, family: Family) -> tuple[int, str]:
    """How many words at the head of a window are heard as others, and as which; "" for none."""
    found = _across(window, _table(family, language))
    if found is None and any(each.unknown for each in window):
        found = _across(window, _folded(family, language), folded_in=language)
    if family != "english":
        parts = found if found and not _is_inflected(found[1]) else None
        return parts or _given_word(window, family) or (1, "")
    if found:
        return found
    if long := _one_word(window) or _given_word(window, family):
        return long
    first = window[0]
    same = words_by_sound(family, language).get(first.sound, ())
    return 1, same[0] if first.word in same[1:] else ""


def _is_inflected(words: str) -> bool:
    """Whether what a word seems to consist of may be one with an ending: "menor es", "orgasm o"."""
    parts = words.split(" ")
    return len(parts[0]) < MIN_FIRST or len(parts[-1]) < MIN_LAST


def _across(
    window: Sequence[_Spoken], table: dict[str, str], folded_in: str = ""
) -> tuple[int, str] | None:
    """Words of a table that sound like the head of a window, none of which ends where a written one does.

    folded_in: the language of a table of folded sounds, which only unknown words are compared by.
    """
    stream = ""
    ends: dict[int, int] = {}
    for width, each in enumerate(window, start=1):
        stream += each.sound
        ends.setdefault(len(stream), width)
        if len(stream) > MOST:
            break
    family = family_of(folded_in)
    heard = stream.translate(_FOLDED[family]) if family else stream
    reached: dict[int, tuple[str, ...]] = {0: ()}
    for at in range(len(heard) + 1):
        words = reached.get(at)
        if words is None:
            continue
        if at in ends:
            unknown = any(each.unknown for each in window[: ends[at]])
            others = unknown and len(words) > 1 if folded_in or ends[at] == 1 else True
            if others and (not folded_in or _near(words, stream[:at], folded_in)):
                return ends[at], " ".join(words)
            continue
        for end in range(at + 1, min(at + _LONGEST, len(heard)) + 1):
            if (word := table.get(heard[at:end])) is not None:
                reached.setdefault(end, (*words, word))
    return None


def _near(words: tuple[str, ...], sound: str, language: str) -> bool:
    together = "".join(sounds_of(word, language)[0] for word in words)
    return difference(together, sound) <= ALIKE


def _one_word(window: Sequence[_Spoken]) -> tuple[int, str] | None:
    """A word of the rules that several written ones sound like, some of them unknown or all long."""
    stream, unknown = window[0].sound, window[0].unknown
    for width, each in enumerate(window[1:], start=2):
        stream += each.sound
        unknown = unknown or each.unknown
        if len(stream) > MOST:
            return None
        if (unknown or len(stream) >= LONG) and (found := alike(stream, ALIKE, "english")):
            return width, found[0][1]
    return None


def _given_word(window: Sequence[_Spoken], family: Family) -> tuple[int, str] | None:
    """A word of the rules that several written ones are heard as, one of which has a given pronunciation."""
    said, sound = window[0].given or window[0].sound, window[0].sound
    has_given = bool(window[0].given)
    for width, each in enumerate(window[1:], start=2):
        said += each.given or each.sound
        sound += each.sound
        has_given = has_given or bool(each.given)
        if len(sound) > _LONGEST:
            return None
        if has_given:
            for word in taken_for(said):
                if word in words_of(family):
                    return width, word
    return None


@lru_cache(maxsize=8)
def _table(family: Family, language: str) -> dict[str, str]:
    """Words of the rules by their sounds, without those that only stand in patterns as parts of words."""
    return {
        sound: words[0]
        for sound, words in words_by_sound(family, language).items()
        if family != "english" or words[0] in _vocabulary(language)
    }


@lru_cache(maxsize=8)
def _folded(family: Family, language: str) -> dict[str, str]:
    return {
        sound.translate(_FOLDED[family]): word for sound, word in _table(family, language).items()
    }
