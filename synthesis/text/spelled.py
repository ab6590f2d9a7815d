"""Words of capitals that a reader names by their letters, written as they are heard: "S N C F"."""

from __future__ import annotations

import re

from synthesis.text.espeak import espeak_phonemes

_LANGUAGES = frozenset(("es", "fr", "it", "pt-BR"))  # whose capitals are left to eSpeak
_CAPITALS = re.compile(r"(?<![^\W_])[A-Z]{2,8}(?![^\W_])")
# What differs within a word, and is the same letter
_ALIKE = str.maketrans("ɛɔʊðβɣ", "eoudbg", "ˈˌː ")


def with_letters_apart(words: str, language: str) -> str:
    """A reading in which capitals that are named one by one stand apart.

    >>> with_letters_apart("La SNCF et l'UNESCO recrutent.", "fr")
    "La S N C F et l'UNESCO recrutent."
    """
    if language not in _LANGUAGES:
        return words
    return _CAPITALS.sub(
        lambda match: " ".join(match[0]) if _is_spelled(match[0], language) else match[0], words
    )


def _is_spelled(word: str, language: str) -> bool:
    """Whether a word sounds like the names of its letters."""
    heard = _plain(word, language)
    together = _plain(" ".join(word), language)
    return heard in (together, "".join(_plain(letter, language) for letter in word))


def _plain(text: str, language: str) -> str:
    return espeak_phonemes(text, language).translate(_ALIKE)
