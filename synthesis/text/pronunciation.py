"""Pronunciations that users give: whether one may stand for its word, and how the model says it.

Whoever could give a word any sounds could have a voice say what no check of texts has seen. So a
pronunciation must resemble one of the ways in which its word is read: by eSpeak NG in any language
of its script, or letter by letter. Resemblance is a weighted edit distance between phonemes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from synthesis.refusals import TextRefused
from synthesis.text.espeak import espeak_phonemes
from synthesis.text.languages import LANGUAGES
from synthesis.text.scripts import script

MAX_WORD = 80  # characters
MAX_IPA = 120
FAR = 0.44  # of all that could differ: beyond this, a pronunciation is another word's
SPELLED = 8  # characters of a word that may be pronounced letter by letter
LATIN = tuple(tag for tag, voice in LANGUAGES.items() if voice and tag != "hi")

_PLAIN = {  # symbol: what it is in the comparison
    **{each: each for each in "pbtdkfvszmnlwjhiyuoaeʃʒθðŋɲxɥæɑɒɔəɛɜɪʊʌøœɯʎ"},
    "ɡ": "ɡ", "g": "ɡ", "q": "k", "c": "k", "ɟ": "ɡ", "ç": "x", "χ": "x", "ɣ": "x", "ɸ": "f", "β": "v",
    "ʋ": "v", "ɱ": "m", "ɳ": "n", "ɴ": "ŋ", "ɹ": "ɹ", "r": "ɹ", "ɾ": "ɹ", "ʁ": "ɹ", "ʀ": "ɹ", "ɻ": "ɹ",
    "ɽ": "ɹ", "ɫ": "l", "ɭ": "l", "ɬ": "l", "ʈ": "t", "ɖ": "d", "ʂ": "ʃ", "ʐ": "ʒ", "ɕ": "ʃ", "ʑ": "ʒ",
    "ɦ": "h", "ħ": "h", "ʔ": "", "ʍ": "w", "ɰ": "w", "ʝ": "j", "ɐ": "ʌ", "ɘ": "ə", "ɵ": "ə", "ɤ": "ʌ",
    "ɨ": "ɪ", "ʉ": "u", "ʏ": "y", "ɞ": "ɜ", "ᵊ": "ə", "ᵻ": "ɪ", "ɚ": "əɹ", "ɝ": "ɜɹ", "ʤ": "dʒ", "ʧ": "tʃ",
    "ʣ": "dz", "ʦ": "ts", "ʥ": "dʒ", "ʨ": "tʃ", "ꭧ": "tʃ", "A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "oʊ",
    "W": "aʊ", "Y": "ɔɪ", "T": "t", "S": "s", "ʲ": "", "ʰ": "", "ᵝ": "", "ʷ": "",
    **dict.fromkeys("ˈˌːˑ.‿ '-ˑ|‖()", ""),
}  # fmt: skip
_GIVEN = frozenset(each for each in _PLAIN if each not in "AIOQWYTS") | {"ˈ", "ˌ", "ː"}
_VOWELS = frozenset("iyuoaeæɑɒɔəɛɜɪʊʌøœɯ")
_NEAR = ("iɪy", "uʊɯ", "eɛæ", "ɑɔɒa", "əʌɜœ", "oɔʊ", "aæɑ", "øœ")
_WEAK = frozenset("ɹhjwɥ")
_PLACES = ["pbfvmw", "θðtdszln", "ʃʒɹɲʎjɥ", "kɡxŋh"]
_MANNERS = ["pbtdkɡ", "fvθðszʃʒxh", "mnɲŋ", "lʎɹjwɥ"]
_VOICED = frozenset("bdɡvðzʒmnɲŋlʎɹjwɥ")
_UNVOICED = {
    "b": "p", "d": "t", "ɡ": "k", "v": "f", "ð": "θ", "z": "s", "ʒ": "ʃ", "ɲ": "n", "ŋ": "n", "ʎ": "l",
}  # fmt: skip
_GLIDES = {frozenset("ji"), frozenset("wu"), frozenset("jɪ"), frozenset("wʊ"), frozenset("ɥy")}


def require_plausible(word: str, ipa: str, language: str = "") -> None:
    """Refuse a pronunciation that isn't one of its word.

    language: in which the word is read; "" for any.

    Raises:
        TextRefused: pronunciation.
    """
    if len(word) > MAX_WORD or len(ipa) > MAX_IPA:
        raise TextRefused(
            "pronunciation",
            f"A pronunciation has at most {MAX_IPA} symbols, for at most {MAX_WORD} characters.",
        )
    unknown = "".join(sorted(set(_decomposed(ipa)) - _GIVEN))
    if unknown:
        raise TextRefused("pronunciation", f"{unknown!r} in {ipa!r} is not an IPA symbol we know.")
    given = phones(ipa)
    if not given:
        raise TextRefused("pronunciation", f"{ipa!r} has no sound.")
    scripts = {script(each) for each in word if each.isalpha()}
    if not scripts <= {"latin", "devanagari"}:
        raise TextRefused(
            "pronunciation",
            f"{word!r}: phonemes can be given for words in Latin and Devanagari letters; for others, "
            "write what is to be said instead.",
        )
    if all(difference(phones(reading), given) > FAR for reading in _readings(word, language)):
        raise TextRefused(
            "pronunciation",
            f"{ipa!r} is too far from how {word!r} can be read. If something else is to be said, "
            "write that instead.",
        )


def _decomposed(ipa: str) -> str:
    """The symbols of a pronunciation without diacritics."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFC", ipa).replace("ç", "x"))
    return "".join(each for each in apart if not unicodedata.combining(each))


@lru_cache(maxsize=8192)
def phones(phonemes: str) -> str:
    """A pronunciation in the few symbols that are compared; stress and length are left out."""
    return "".join(_PLAIN.get(each, "") for each in _decomposed(phonemes))


def _readings(word: str, language: str) -> Iterator[str]:
    """The ways in which a word is read, the likeliest first."""
    if any(script(each) == "devanagari" for each in word):
        yield espeak_phonemes(word, "hi")
        return
    order = sorted(LATIN, key=lambda each: each != language)
    for each in order:
        yield espeak_phonemes(word, each)
    letters = [each for each in word if each.isalnum()]
    if len(letters) <= SPELLED:
        for each in order:
            yield espeak_phonemes(" ".join(letters).upper(), each)


def skeleton(sounds: str) -> str:
    """The consonants of phones, voiced or not: words that sound alike have the same."""
    strong = (each for each in sounds if each not in _VOWELS and each not in _WEAK)
    return "".join(_UNVOICED.get(each, each) for each in strong)


def _weight(phone: str) -> float:
    """What it costs to leave a phone out."""
    if phone in _VOWELS:
        return 0.25 if phone == "ə" else 0.4
    return 0.35 if phone in _WEAK else 0.8


@lru_cache(maxsize=4096)
def _exchange(one: str, other: str) -> float:
    """What it costs to say one phone for another."""
    if one == other:
        return 0.0
    vowels = (one in _VOWELS) + (other in _VOWELS)
    if vowels == 2:
        return 0.1 if any(one in near and other in near for near in _NEAR) else 0.3
    if vowels == 1:
        return 0.12 if frozenset((one, other)) in _GLIDES else 1.0
    cost = 0.15 if (one in _VOICED) != (other in _VOICED) else 0.0
    for kinds, price in ((_PLACES, 0.45), (_MANNERS, 0.45)):
        if not any(one in kind and other in kind for kind in kinds):
            cost += price
    return min(cost, 1.0)


def difference(own: str, given: str) -> float:
    """How far two sequences of phones are apart, 0 to 1."""
    most = max(sum(map(_weight, own)), sum(map(_weight, given)))
    if not most or len(given) > 3 * len(own) + 4:
        return 1.0
    row = [0.0]
    for phone in given:
        row.append(row[-1] + _weight(phone))
    for mine in own:
        before, row = row, [row[0] + _weight(mine)]
        for place, phone in enumerate(given):
            row.append(
                min(
                    before[place] + _exchange(mine, phone),
                    before[place + 1] + _weight(mine),
                    row[-1] + _weight(phone),
                )
            )
    return row[-1] / most


_JOINED: tuple[tuple[str, str], ...] = (  # IPA -> the model's phonemes
    ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("əʊ", "Q"), ("aʊ", "W"), ("ɔɪ", "Y"), ("dʒ", "ʤ"), ("tʃ", "ʧ"),
    ("ɚ", "əɹ"), ("ɝː", "ɜɹ"), ("ɝ", "ɜɹ"), ("g", "ɡ"), ("l̩", "ᵊl"), ("n̩", "ᵊn"), ("m̩", "ᵊm"), ("ʔ", "ʔ"),
)  # fmt: skip
_ENGLISH: tuple[tuple[str, str], ...] = (("r", "ɹ"), ("ɫ", "l"), ("e", "ɛ"), ("x", "k"), ("ɐ", "ə"))
_AMERICAN = (("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ː", ""), ("ɒ", "ɑ"), ("a", "ɑ"), ("ɾ", "T"))
_STRESS = re.compile(rf"([ˈˌ])([^\sˈˌ{''.join(_VOWELS)}AIOQWYᵊᵻɐɨ]+)")
_FIRST_VOWEL = re.compile(rf"([{''.join(_VOWELS)}AIOQWYᵻɐɨ])")


def model_phonemes(ipa: str, language: str) -> str:
    """A pronunciation in the model's phoneme set, in which stress stands before its vowel."""
    said = unicodedata.normalize("NFD", unicodedata.normalize("NFC", ipa).replace("ç", "\0"))
    said = re.sub("[.‿|‖()\u0361\u035c\u032f]", "", said.replace("'", "ˈ").replace("\0", "ç"))
    pairs = _JOINED
    if language in ("en-US", "en-GB"):
        pairs += _ENGLISH + (_AMERICAN if language == "en-US" else ())
    for symbol, phoneme in pairs:
        said = said.replace(symbol, phoneme)
    said = _STRESS.sub(r"\2\1", unicodedata.normalize("NFC", said))
    return said if "ˈ" in said else _FIRST_VOWEL.sub(r"ˈ\1", said, count=1)
