"""Pronunciations that users give: whether one may stand for its word, and how the model says it.

Whoever could give a word any sounds could have a voice say what no check of texts has seen. So a
pronunciation must resemble one of the ways in which its word is read: by eSpeak NG in any language
of its script, or letter by letter. Resemblance is a weighted edit distance between phonemes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

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
    if not _is_near(word, given, language):
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


@lru_cache(maxsize=8192)
def _is_near(word: str, given: str, language: str) -> bool:
    """Whether phones resemble a reading of a word; a document is read more than once."""
    if any(script(each) == "devanagari" for each in word):
        return difference(phones(espeak_phonemes(word, "hi")), given) <= FAR
    first, *others = sorted(LATIN, key=lambda each: each != language)
    if difference(phones(espeak_phonemes(word, first)), given) <= FAR:
        return True
    readings = [espeak_phonemes(word, each) for each in others]
    letters = [each for each in word if each.isalnum()]
    if len(letters) <= SPELLED:
        spelled = " ".join(letters).upper()
        readings += [espeak_phonemes(spelled, each) for each in (first, *others)]
    distinct = list(dict.fromkeys(map(phones, readings)))
    return min(differences(distinct, given)) <= FAR


def skeleton(sounds: str) -> str:
    """The consonants of phones, voiced or not: words that sound alike have the same."""
    strong = (each for each in sounds if each not in _VOWELS and each not in _WEAK)
    return "".join(_UNVOICED.get(each, each) for each in strong)


def _weight(phone: str) -> int:
    """What it costs to leave a phone out, in hundredths."""
    if phone in _VOWELS:
        return 25 if phone == "ə" else 40
    return 35 if phone in _WEAK else 80


def _exchange(one: str, other: str) -> int:
    """What it costs to say one phone for another, in hundredths."""
    if one == other:
        return 0
    vowels = (one in _VOWELS) + (other in _VOWELS)
    if vowels == 2:
        return 10 if any(one in near and other in near for near in _NEAR) else 30
    if vowels == 1:
        return 12 if frozenset((one, other)) in _GLIDES else 100
    cost = 15 if (one in _VOICED) != (other in _VOICED) else 0
    for kinds in (_PLACES, _MANNERS):
        if not any(one in kind and other in kind for kind in kinds):
            cost += 45
    return min(cost, 100)


_PHONES = sorted({phone for phones in _PLAIN.values() for phone in phones})
_PLACE = {phone: place for place, phone in enumerate(_PHONES)}
_END = len(_PHONES)  # fills up the shorter of several sequences: it is left out, at no cost
_LEAVING = np.array([*map(_weight, _PHONES), 0], np.int32)
_EXCHANGING = np.array(
    [*([_exchange(one, other) for other in _PHONES] for one in _PHONES), [10_000] * _END], np.int32
)


def difference(own: str, given: str) -> float:
    """How far two sequences of phones are apart, 0 to 1."""
    return differences([own], given)[0]


def differences(owns: Sequence[str], given: str) -> list[float]:
    """How far each of some sequences of phones is from another, 0 to 1.

    A row of the usual table at a time, for all of them at once: whoever gives phones chooses how
    long they are.
    """
    said = np.array([_PLACE[phone] for phone in given], np.intp)
    mine = np.full((len(owns), max(map(len, owns))), _END, np.intp)
    for line, own in zip(mine, owns, strict=True):
        line[: len(own)] = [_PLACE[phone] for phone in own]
    added = np.concatenate(([0], np.cumsum(_LEAVING[said], dtype=np.int32)))
    leaving, exchanging = _LEAVING[mine], _EXCHANGING[:, said] - _LEAVING[said]
    row = np.zeros((len(owns), len(added)), np.int32)  # less `added`, so that adding costs nothing
    for place in range(mine.shape[1]):
        exchanged = row[:, :-1] + exchanging[mine[:, place]]
        row += leaving[:, place, None]
        np.minimum(row[:, 1:], exchanged, out=row[:, 1:])
        np.minimum.accumulate(row, axis=1, out=row)
    row += added
    most = np.maximum(leaving.sum(axis=1), added[-1])
    return [
        apart / total if total and len(given) <= 3 * len(own) + 4 else 1.0
        for own, apart, total in zip(owns, row[:, -1].tolist(), most.tolist(), strict=True)
    ]


_JOINED: tuple[tuple[str, str], ...] = (  # IPA -> the model's phonemes; it has none for some sounds
    ("əʉ", "Q"), ("ʉ", "u"), ("ɵ", "ə"), ("ɘ", "ə"), ("ɞ", "ɜ"), ("ʏ", "y"), ("ħ", "h"), ("ɦ", "h"), ("ɬ", "l"),
    ("ɭ", "l"), ("ɫ", "l"), ("ɱ", "m"), ("ʀ", "ʁ"), ("ʍ", "w"), ("ʐ", "ʒ"), ("ʑ", "ʒ"), ("ˑ", ""), ("-", ""), ("ʷ", ""),
    ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("əʊ", "Q"), ("aʊ", "W"), ("ɔɪ", "Y"), ("dʒ", "ʤ"), ("tʃ", "ʧ"),
    ("ɚ", "əɹ"), ("ɝː", "ɜɹ"), ("ɝ", "ɜɹ"), ("g", "ɡ"), ("l̩", "ᵊl"), ("n̩", "ᵊn"), ("m̩", "ᵊm"), ("ʔ", "ʔ"),
)  # fmt: skip
_ENGLISH: tuple[tuple[str, str], ...] = (("r", "ɹ"), ("e", "ɛ"), ("x", "k"), ("ɐ", "ə"))
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
