"""Words that are spelled otherwise and heard as words of the rules: "kode", "kyll", "jew's", "yew"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from marketplace.normalization import normalize
from marketplace.policy.by_ear import taken_for
from marketplace.policy.parting import (
    NONE,
    NOTHING_GIVEN,
    TOKEN,
    is_known,
    parted,
    written_together,
)
from marketplace.policy.phrases import with_phrases
from marketplace.policy.rules import Rules
from marketplace.policy.sounding import (
    ALIKE,
    LANGUAGES,
    Family,
    alike,
    family_of,
    folded,
    heard_in,
    phonemes_of,
    short_words,
    sounds_of,
    words_by_sound,
    words_of,
)
from marketplace.policy.unspaced import as_written_in_rules
from synthesis.text.english.lexicon import is_word
from synthesis.text.pieces import Given
from synthesis.text.pronunciation import phones

SAME = 0.01  # of all that could differ, where a language has no list of its words
MIN_STEM = 2  # characters before an ending
LONGEST = 24  # characters of a word that is compared
_FOREIGN = re.compile("[^\x00-\u02af\u1e00-\u1eff\u2019]")  # no letter that English reads
_WARMING = "Ready, kreedle."  # a word of English, and one that is none
_UNSPACED_WARMING = "\u4f60"
_NUMBERS = frozenset(("two", "four"))  # which other words sound like
_UNSPACED = ("zh-CN", "ja")
_WORD = re.compile("[\u0900-\u0963]+|[^\\W\\d_]+(?:['\u2019][^\\W\\d_]+)*")
_ACCENTS = {
    "hi": str.maketrans("v\u028b", "ww")
}  # how a language says a sound that only English has
_ENDINGS = ("ing", "ers", "er", "ed", "es", "s")


def warm() -> None:
    """Learn how the words of the rules sound, about a second's work, before somebody waits for it."""
    for languages in LANGUAGES.values():
        for language in languages:
            respelled(_WARMING, language)
            reparted(_WARMING, language)
            as_english(_WARMING, language)
    for language in _UNSPACED:
        respelled(_UNSPACED_WARMING, language)
    taken_for("kredl")


def respelled(text: str, language: str, *, counted: bool = False) -> str:
    """A text as it is read, with the words of the rules in place of others that are heard as they are.

    counted: whether its numbers are written in digits, so that no "four" is a "for".
    """
    kept = _NUMBERS if counted else NONE
    if language in _UNSPACED:
        text = as_written_in_rules(text, language)
    elif family_of(language) == "romance":
        text = with_phrases(text, language)
    for family, spoken in heard_in(language):
        text = _respelled(text, spoken, family, kept)
    return text


def reparted(
    text: str,
    language: str,
    *,
    counted: bool = False,
    given: Mapping[str, Given] = NOTHING_GIVEN,
) -> str:
    """A respelled text with other words of the rules that its sounds may be heard as.

    "Mike ill you" is heard as "my kill you", and "no" as "know". given: by the character that stands for a
    word, its pronunciation.
    """
    kept = _NUMBERS if counted else NONE
    for family, spoken in heard_in(language):
        text = parted(text, spoken, family, kept=kept, given=given)
    return text


def as_english(text: str, language: str) -> str:
    """A text that is read in another language, with the words of English rules that it is heard as.

    "Ay wil kil yu" is spelled as Spanish, and heard as English.
    """
    if family_of(language) == "english" or language in _UNSPACED:
        return text
    return _WORD.sub(lambda word: _english_in(word[0].casefold(), language) or word[0], text)


@lru_cache(maxsize=65_536)
def _english_in(word: str, language: str) -> str:
    """The English word of the rules that a word is heard as in a language; empty where it is none."""
    if len(word) > LONGEST or normalize(word) in words_of("english"):
        return ""
    sound = phones(phonemes_of(word, language).translate(_ACCENTS.get(language, {})))
    near = [known for _, known in alike(sound, ALIKE, "english") if known not in _telling()]
    return near[0] if near else short_words().get(folded(sound), "")


@lru_cache(maxsize=1)
def _telling() -> frozenset[str]:
    """Words that break a rule by themselves: a word that sounds like one of them alone says too little."""
    return frozenset(word for word in words_of("english") if Rules().matches(word))


def _respelled(text: str, language: str, family: Family, kept: frozenset[str]) -> str:
    def instead(token: re.Match[str]) -> str:
        written = token[0]
        word = written.casefold().replace("\u2019", "'")
        if word in kept or (family == "english" and _FOREIGN.search(written)):
            return written
        if heard := _heard_as(word, language, family):
            return heard
        return (_apart(word, language) if family == "english" else "") or written

    return TOKEN.sub(instead, text)


@lru_cache(maxsize=65_536)
def _apart(word: str, language: str) -> str:
    """The words that a word that English doesn't know is written together of; empty for others."""
    if not word.isalpha() or normalize(word) in words_of("english") or is_known(word):
        return ""
    return written_together(word, language)


@lru_cache(maxsize=65_536)
def _heard_as(word: str, language: str, family: Family) -> str:
    """The word of the rules that a word is heard as; empty where it is none, or is one itself."""
    if len(word) > LONGEST or normalize(word) in words_of(family):
        return ""
    if family == "english" and (len(word) == 1 or is_word(word)):
        return _homophone(word, language)
    limit = ALIKE if family == "english" else SAME
    found: list[tuple[float, str]] = []
    for ending in ("", *_ENDINGS):
        stem = word.removesuffix(ending)
        if len(stem) >= MIN_STEM and (not ending or stem != word):
            near = alike(phones(phonemes_of(stem, language)), limit, family)
            found += [(distance, known + ending) for distance, known in near]
    return min(found)[1] if found else ""


def _homophone(word: str, language: str) -> str:
    """The word of the rules that sounds exactly like a word or letter of English."""
    table = words_by_sound("english", language)
    same = [known for sound in sounds_of(word, language) for known in table.get(sound, ())]
    return "" if word in same else next(iter(same), "")
