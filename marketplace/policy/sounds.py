"""What a listener hears where a pronunciation is given: words that the rules know, by their sound.

A text whose words are harmless can be pronounced as one that isn't: "I will call you", with the
vowel of another verb. So each given pronunciation is compared with the words of the rules, and the
text is judged with those that sound like it, too.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from functools import lru_cache
from itertools import islice, product

from marketplace.policy.rules import FOLDER
from synthesis.text.espeak import espeak_phonemes
from synthesis.text.pronunciation import difference, phones, skeleton
from synthesis.text.wording import Wording

ALIKE = 0.1  # of all that could differ between two words that sound alike
MAX_VARIANTS = 64  # readings of one text that are judged, of each kind
_LANGUAGES = {
    "english": ("en-US", "en-GB"),
    "hindi": ("hi",),
    "romance": ("es", "fr", "it", "pt-BR"),
}
_CLASSES = re.compile(r"\\\w\S?|\[[^\]]*\]|\{[^}]*\}")
_WORD = re.compile(r"([^\W\d_]{2,})(\??)")


@lru_cache(maxsize=1)
def _known_words() -> dict[str, list[tuple[str, str]]]:
    """The words of the rules with how they sound, in the languages that they are for, by skeleton."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted(FOLDER.glob("*.toml")):
        words: dict[str, None] = {}
        for rule in tomllib.loads(path.read_text())["rule"]:
            for pattern in (each for group in rule["groups"] for each in group):
                for word, optional in _WORD.findall(_CLASSES.sub(" ", pattern)):
                    words[word] = None
                    if optional:
                        words[word[:-1]] = None
        for language in _LANGUAGES.get(path.stem, ()):
            for word in words:
                if sound := phones(espeak_phonemes(word, language)):
                    found[skeleton(sound)].append((word, sound))
    return found


def _alike(sound: str) -> list[str]:
    near = _known_words().get(skeleton(sound), ())
    return list(dict.fromkeys(word for word, other in near if difference(other, sound) <= ALIKE))


@lru_cache(maxsize=4096)
def sounding_like(ipa: str) -> tuple[str, ...]:
    """Words of the rules that sound like a pronunciation, or like the words that it is of."""
    whole = _alike(phones(ipa))
    if whole or len(ipa.split()) == 1:
        return tuple(whole)
    parts = [_alike(phones(part))[:1] for part in ipa.split()]
    together = " ".join(word for part in parts for word in part)
    return (together,) if together else ()


def heard_texts(wording: Wording) -> list[str]:
    """The text with the words for which pronunciations are given, and with those that they sound like.

    Empty where no pronunciation is given.
    """
    if wording.script is None or not wording.script.given:
        return []
    script, given = wording.script, wording.script.given
    written = {mark: each.word for mark, each in given.items()}
    choices = product(*([*sounding_like(each.ipa), each.word] for each in given.values()))
    together = (dict(zip(given, chosen, strict=True)) for chosen in choices)
    alone = (
        {**written, mark: word} for mark, each in given.items() for word in sounding_like(each.ipa)
    )
    variants = [written, *islice(together, MAX_VARIANTS), *islice(alone, MAX_VARIANTS)]
    return list(dict.fromkeys(script.with_words(words) for words in variants))
