"""How the words of the rules sound, in the languages that they are for."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from functools import lru_cache
from typing import Literal, get_args

from marketplace.policy.rules import FOLDER
from synthesis.text.espeak import espeak_phonemes
from synthesis.text.pronunciation import difference, phones, skeleton

Family = Literal["english", "hindi", "romance"]
LANGUAGES: dict[Family, tuple[str, ...]] = {
    "english": ("en-US", "en-GB"),
    "hindi": ("hi",),
    "romance": ("es", "fr", "it", "pt-BR"),
}
_CLASSES = re.compile(r"\\\w\S?|\[[^\]]*\]|\{[^}]*\}")
_WORD = re.compile(r"([^\W\d_]{2,})(\??)")


def family_of(language: str) -> Family | None:
    """Which rules' words are written as a language is; None where words have no sounds of their own."""
    return next((family for family, tags in LANGUAGES.items() if language in tags), None)


@lru_cache(maxsize=len(LANGUAGES))
def known_sounds(family: Family) -> tuple[tuple[str, str], ...]:
    """The words of the rules with each way in which they sound."""
    words: dict[str, None] = {}
    for rule in tomllib.loads((FOLDER / f"{family}.toml").read_text())["rule"]:
        for pattern in (each for group in rule["groups"] for each in group):
            for word, optional in _WORD.findall(_CLASSES.sub(" ", pattern)):
                words[word] = None
                if optional:
                    words[word[:-1]] = None
    spoken = (
        (word, phones(espeak_phonemes(word, language)))
        for language in LANGUAGES[family]
        for word in words
    )
    return tuple((word, sound) for word, sound in spoken if sound)


@lru_cache(maxsize=len(LANGUAGES))
def _by_skeleton(family: Family) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for word, sound in known_sounds(family):
        found[skeleton(sound)].append((word, sound))
    return found


def alike(sound: str, limit: float, family: Family | None = None) -> list[tuple[float, str]]:
    """Words of the rules that sound like phones, the likest first, with how far they are apart.

    limit: of all that could differ; family: None for the words of all.
    """
    families = [family] if family else get_args(Family)
    near = (pair for each in families for pair in _by_skeleton(each).get(skeleton(sound), ()))
    apart = sorted((difference(other, sound), word) for word, other in near)
    return [(distance, word) for distance, word in apart if distance <= limit]
