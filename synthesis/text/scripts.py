"""Which language a sentence is in, as far as its script tells, and what a language can't read."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from synthesis.text.recognition import RECOGNIZED, recognized

_SCRIPTS = {  # the first word of a letter's name in Unicode -> its script
    "LATIN": "latin",
    "CJK": "han",
    "IDEOGRAPHIC": "han",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "KATAKANA-HIRAGANA": "kana",
    "DEVANAGARI": "devanagari",
    "GREEK": "greek",
    "MICRO": "greek",
    "OHM": "greek",
}
_READS = {  # by language: scripts that its reader knows
    "zh-CN": frozenset(("han", "latin", "greek")),
    "ja": frozenset(("han", "kana", "latin", "greek")),
    "hi": frozenset(("devanagari", "latin", "greek")),
}
_LATIN = frozenset(("latin", "greek"))
_LANGUAGE_OF = {"han": "zh-CN", "kana": "ja", "devanagari": "hi", "latin": "en-US"}


@lru_cache(maxsize=8192)
def script(letter: str) -> str:
    """A letter's script; "latin" of phonetic and compatibility letters too."""
    if letter.isascii() or "\ue000" <= letter <= "\uf8ff":
        return "latin"
    name = unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "").split(" ")[0]
    if name in (
        "SCRIPT",
        "DOUBLE-STRUCK",
        "FEMININE",
        "MASCULINE",
        "MODIFIER",
        "FULLWIDTH",
        "ROMAN",
    ):
        return "latin"
    return _SCRIPTS.get(name, name.lower() or "unknown")


def readable(letter: str, language: str) -> bool:
    """Whether a voice that speaks a language can read a letter."""
    return script(letter) in _READS.get(language, _LATIN)


def language_of(sentence: str, language: str) -> str | None:
    """The language in which a voice of `language` reads a sentence; None where none can.

    The voice's own where its script fits and the sentence isn't clearly in another language of that
    script; else the one that the script of most letters belongs to.
    """
    letters = [character for character in sentence if character.isalpha()]
    known = [letter for letter in letters if readable(letter, language)]
    native = _native(letters, language)
    if not letters or (native and len(known) * 2 >= len(letters)):
        return language if language in _READS else _by_words(sentence, language)
    scripts = [script(letter) for letter in letters]
    if "kana" in scripts:
        return "ja"
    most = max(sorted(set(scripts)), key=scripts.count)
    found = _LANGUAGE_OF.get(most)
    if most == "latin":
        return _by_words(sentence, "en-US")
    return found


def _by_words(sentence: str, language: str) -> str | None:
    """The language of a sentence in Latin letters by its words: `language` unless they say otherwise."""
    own = language[:2]
    found = recognized(sentence, own)
    return language if found == own else RECOGNIZED[found]


def _native(letters: list[str], language: str) -> bool:
    """Whether a sentence has any letters of the language's own script."""
    own = {"zh-CN": {"han"}, "ja": {"kana", "han"}, "hi": {"devanagari"}}.get(language, {"latin"})
    return any(script(letter) in own for letter in letters)


def without_foreign(text: str, language: str) -> str:
    """A reading without the letters that the language's reader would spell out by name."""
    if text.isascii():
        return text
    return "".join(each for each in text if not each.isalpha() or readable(each, language))
