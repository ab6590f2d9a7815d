"""How the words of the rules sound, in the languages that they are for."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from functools import lru_cache
from typing import Literal, get_args

from marketplace.policy.rules import FOLDER
from synthesis.text.english.lexicon import pronunciations
from synthesis.text.espeak import espeak_phonemes
from synthesis.text.pronunciation import differences, phones, skeleton

Family = Literal["english", "hindi", "romance"]
LANGUAGES: dict[Family, tuple[str, ...]] = {
    "english": ("en-US", "en-GB"),
    "hindi": ("hi",),
    "romance": ("es", "fr", "it", "pt-BR"),
}
SHORT: dict[
    Family, tuple[str, ...]
] = {  # which patterns have, too, as single letters or contracted
    "english": ("i", "a", "i'll", "i'm", "we'll", "we're"),
    "hindi": (),
    "romance": ("a", "e", "o"),
}
ALIKE = 0.1  # of all that could differ between a word that is none and the one that it is heard as
_CLASSES = re.compile(r"\\\w\S?|\[[^\]]{0,200}\]|\{[^}]{0,9}\}")
_WORD = re.compile(r"([^\W\d_]{2,})(\??)")
_FOLDED = str.maketrans("ɪjʊwaɑ", "iiuuaa")
_ALLOPHONES = {  # of one language, which others tell apart
    "en-US": str.maketrans("ɾʔ", "tt"),
    "en-GB": str.maketrans("ɾʔ", "tt"),
    "es": str.maketrans("βðɣ", "bdɡ"),
}


def family_of(language: str) -> Family | None:
    """Which rules' words are written as a language is; None where words have no sounds of their own."""
    return next((family for family, tags in LANGUAGES.items() if language in tags), None)


def heard_in(language: str) -> tuple[tuple[Family, str], ...]:
    """Whose words may be heard in a language, and as which language's they sound.

    Voices that have no rules by sound read words in Latin letters as English, and so does Hindi.
    """
    own = family_of(language)
    if own in ("english", "romance"):
        return ((own, language),)
    return ((own, language), ("english", "en-US")) if own else (("english", "en-US"),)


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
def words_of(family: Family) -> frozenset[str]:
    """The words of the rules."""
    return frozenset(word for word, _ in known_sounds(family))


@lru_cache(maxsize=2)
def english_words(language: str) -> dict[str, frozenset[str]]:
    """The words that English knows with the ways in which they are said."""
    return pronunciations(british=language == "en-GB")


@lru_cache(maxsize=65_536)  # more than a text of 100,000 characters has words
def phonemes_of(word: str, language: str) -> str:
    """How eSpeak NG says a word, in the phonemes of the model."""
    return espeak_phonemes(word, language)


@lru_cache(maxsize=65_536)
def sounds_of(word: str, language: str) -> tuple[str, ...]:
    """The ways in which a word in small letters is said by itself, in phones."""
    known = english_words(language).get(word) if family_of(language) == "english" else None
    said = sorted(known or [phonemes_of(word, language)])
    return tuple(dict.fromkeys(phones(allophones(each, language)) for each in said))


def allophones(said: str, language: str) -> str:
    """A pronunciation with the sounds that a language doesn't tell apart taken for one."""
    return said.translate(_ALLOPHONES.get(language, {}))


@lru_cache(maxsize=8)
def words_by_sound(family: Family, language: str) -> dict[str, tuple[str, ...]]:
    """The words of the rules by how a language says them, exactly but for stress."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for word in (*SHORT[family], *sorted(words_of(family))):
        for sound in sounds_of(word, language):
            if sound:
                found[sound][word] = None
    return {sound: tuple(words) for sound, words in found.items()}


@lru_cache(maxsize=1)
def short_words() -> dict[str, str]:
    """The short words of English rules by how they sound, with sounds that are near folded together."""
    words = (word for word in SHORT["english"] if word != "a")  # which sounds like many a particle
    return {folded(sound): word for word in words for sound in sounds_of(word, "en-US")}


def folded(sound: str) -> str:
    """Phones with those that are near taken for one."""
    return sound.translate(_FOLDED)


@lru_cache(maxsize=len(LANGUAGES))
def _by_skeleton(family: Family) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for word, sound in known_sounds(family):
        found[skeleton(sound)].append((word, sound))
    return found


@lru_cache(maxsize=16_384)
def alike(sound: str, limit: float, family: Family | None = None) -> tuple[tuple[float, str], ...]:
    """Words of the rules that sound like phones, the likest first, with how far they are apart.

    limit: of all that could differ; family: None for the words of all.
    """
    families = [family] if family else get_args(Family)
    near = [pair for each in families for pair in _by_skeleton(each).get(skeleton(sound), ())]
    if not near:
        return ()
    distances = differences([other for _, other in near], sound)
    apart = sorted(zip(distances, (word for word, _ in near), strict=True))
    return tuple((distance, word) for distance, word in apart if distance <= limit)
