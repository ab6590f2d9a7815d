"""Words that are spelled otherwise and heard as words of the rules: "kode", "kyll", "jew's"."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from marketplace.policy.normalization import normalize
from marketplace.policy.sounding import LANGUAGES, Family, alike, family_of, known_sounds
from synthesis.text.english.lexicon import is_word, pronunciations
from synthesis.text.espeak import espeak_phonemes
from synthesis.text.pronunciation import phones

ALIKE = 0.1  # of all that could differ between a word that is none and the one that it is heard as
SAME = 0.01  # and where a language has no list of its words
MIN_STEM = 2  # characters before an ending
LONGEST = 24  # characters of a word that is compared
_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_ENDINGS = ("ing", "ers", "er", "ed", "es", "s")


def warm() -> None:
    """Learn how the words of the rules sound, about a second's work, before somebody waits for it."""
    for languages in LANGUAGES.values():
        for language in languages:
            respelled("Ready, reedy.", language)  # a word of English, and one that is none


def respelled(text: str, language: str) -> str:
    """A text as it is read, with the words of the rules in place of others that are heard as they are."""
    family = family_of(language)
    if family is None:
        return text
    return _TOKEN.sub(
        lambda token: _heard_as(token[0].casefold(), language, family) or token[0], text
    )


@lru_cache(maxsize=65_536)
def _heard_as(word: str, language: str, family: Family) -> str:
    """The word of the rules that a word is heard as; empty where it is none, or is one itself."""
    if len(word) > LONGEST or normalize(word) in _words(family):
        return ""
    if family == "english" and is_word(word):
        return _homophones(language).get(word, "")
    limit = ALIKE if family == "english" else SAME
    found: list[tuple[float, str]] = []
    for ending in ("", *_ENDINGS):
        stem = word.removesuffix(ending)
        if len(stem) >= MIN_STEM and (not ending or stem != word):
            near = alike(phones(espeak_phonemes(stem, language)), limit, family)
            found += [(distance, known + ending) for distance, known in near]
    return min(found)[1] if found else ""


@lru_cache(maxsize=4)
def _words(family: Family) -> frozenset[str]:
    return frozenset(word for word, _ in known_sounds(family))


@lru_cache(maxsize=2)
def _homophones(language: str) -> dict[str, str]:
    """English words that sound exactly like words of the rules."""
    said = pronunciations(british=language == "en-GB")
    rules = _words("english")
    by_sound: dict[str, str] = defaultdict(str)
    for word in rules:
        for sound in said.get(word, ()):
            by_sound[sound] = by_sound[sound] or word
    return {
        word: by_sound[sound]
        for word, sounds in said.items()
        if word not in rules
        for sound in sounds
        if sound in by_sound
    }
