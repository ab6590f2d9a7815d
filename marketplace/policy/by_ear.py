"""Given pronunciations by ear: which words of the rules a listener takes them for, in whichever accent.

IPA has many ways to write what is heard as one word: "kəʊd" and "koʊd", "kɪəl" and "kɪl", "mɜːdə" and
"mɝdɚ". They are compared as the engine says them, since it reads some symbols as others, and once more
with what accents leave out or add folded away.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from marketplace.policy.sounding import ALIKE, alike, known_sounds
from synthesis.text.pronunciation import difference, model_phonemes, phones, skeleton

_ENGINES = ("en-US", "en-GB", "es")  # how the engine reads IPA: in either English, and elsewhere
_VOWEL = "[iyuoaeæɑɒɔəɛɜɪʊʌøœɯ]"
_NO_VOWEL = f"(?!{_VOWEL})"
_TAPS: tuple[dict[int, int], ...] = (
    {},
    str.maketrans("ɾʔ", "tt"),
)  # "better" has a "t", however it is said
_FOLDS = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"(.)\1+", r"\1"),
        (f"h{_NO_VOWEL}", ""),
        (f"(?<={_VOWEL})ɹ{_NO_VOWEL}", ""),  # rhotic or not
        # The diphthongs of "code", "game", "time" and "now"
        (f"[oəɜʌœøɔ](?:[ʊuɯ]|w{_NO_VOWEL})", "oʊ"),
        (f"[eɛæ](?:[ɪiy]|j{_NO_VOWEL})", "eɪ"),
        (f"[aɑʌəɜ](?:[ɪiy]|j{_NO_VOWEL})", "aɪ"),
        (f"[aɑæ](?:[ʊuɯ]|w{_NO_VOWEL})", "aʊ"),
        (f"(?<![eaɔo])[iɪ](?:[iɪ]|j{_NO_VOWEL})", "i"),
        (f"(?<![oaɔ])[uʊ](?:[uʊɯ]|w{_NO_VOWEL})", "u"),
        (f"(?<={_VOWEL})ə", ""),  # centring, and before a dark "l"
        (r"(.)\1+", r"\1"),
    )
)
_WEAK = {  # as words of the rules are said between others
    "tə": "to", "jə": "you", "jəɹ": "your", "fə": "for", "fəɹ": "for", "əv": "of", "ðə": "the", "ən": "and",
    "ənd": "and", "əm": "am", "ðəm": "them", "wəl": "will", "əl": "will",
}  # fmt: skip
_SHORT_O = re.compile("o(?![ʊuɯw])")  # as many accents say "code"


@lru_cache(maxsize=4096)
def taken_for(ipa: str) -> tuple[str, ...]:
    """Words of the rules that a pronunciation is heard as, the likest first."""
    found: dict[str, float] = {}
    for sound in _readings(ipa):
        if sound in _WEAK:
            found[_WEAK[sound]] = 0.0
        for distance, word in (*alike(sound, ALIKE), *_alike_by_ear(by_ear(sound))):
            found[word] = min(distance, found.get(word, 1.0))
    return tuple(sorted(found, key=lambda word: (found[word], word)))


def _readings(ipa: str) -> tuple[str, ...]:
    """The phones of a pronunciation as it is written, and as the engine says it."""
    said = [ipa, *(model_phonemes(ipa, language) for language in _ENGINES)]
    read = [phones(each.translate(tap)) for each in said for tap in _TAPS]
    read += [_SHORT_O.sub("oʊ", each) for each in read]
    return tuple(dict.fromkeys(filter(None, read)))


@lru_cache(maxsize=65_536)
def by_ear(sound: str) -> str:
    """Phones without what an accent adds to a word or leaves out of it."""
    for pattern, instead in _FOLDS:
        sound = pattern.sub(instead, sound)
    return sound


@lru_cache(maxsize=1)
def _known() -> dict[str, list[tuple[str, str]]]:
    """The words of English rules, whose accents these are, by their consonants, with how each sounds by ear."""
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for word, sound in known_sounds("english"):
        folded = by_ear(sound)
        found[skeleton(folded)][word, folded] = None
    return {each: list(words) for each, words in found.items()}


@lru_cache(maxsize=16_384)
def _alike_by_ear(sound: str) -> tuple[tuple[float, str], ...]:
    near = ((difference(known, sound), word) for word, known in _known().get(skeleton(sound), ()))
    return tuple((distance, word) for distance, word in near if distance <= ALIKE)
