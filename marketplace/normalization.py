"""Text as it will be heard, however it is disguised.

Look-alike letters, zero-width characters, accents, digits for letters, and spaced-out letters all
lead to the same plain words (Unicode TR 39 on confusables).
"""

from __future__ import annotations

import re
import unicodedata

_LOOK_ALIKES = str.maketrans(
    "аеорсухіїјѕһкмтнвԁɡցαεοριτυνκηχɑԛɪıԝⅼոօ",
    "aeopcyxiijshkmthbdggaeopituvknxaqiiwlno",
)
_DIGITS = str.maketrans("0134578@$!|", "oieastbasil")
_INVISIBLE = re.compile(
    "[`\ufffd\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPREAD = re.compile(  # no sign is among both: else the time would double with each underscore
    r"(?<![^\W_])(?:[^\W_][\s.\-_*·]+){2,}[^\W_](?![^\W_])"
)
_KANA_MARKS = "\u3099\u309a"  # "が" without its mark is another syllable
_NOT_DEVANAGARI = re.compile("[^\u0900-\u097f]+")
_PUNCTUATION = str.maketrans(
    {"\u0964": " ", "\u0965": " ", "\u2018": "'", "\u2019": "'", "\u02bc": "'"}
)  # a danda ends a sentence
_BESIDE_UNSPACED = re.compile(  # where they stand for no letters
    "(?<=[\u3040-\u30ff\u3400-\u9fff])['@$!|]++|(?<!['@$!|])['@$!|]++(?=[\u3040-\u30ff\u3400-\u9fff])"
)
_EDGES = "'_$!"  # are not heard at the edge of a word


def _join_letters(match: re.Match[str]) -> str:
    return re.sub(r"[\s.\-_*·]", "", match[0])


def _plain(token: str) -> str:
    """Replace digits and signs inside a word by the letters that they stand for."""
    letters = sum(c.isalpha() for c in token)
    disguised = any(not c.isalpha() and c not in "'-" for c in token)
    if letters >= 2 and disguised:
        token = token.rstrip("!|").translate(_DIGITS)
    return token


def without_invisible(text: str, kept: frozenset[str] = frozenset()) -> str:
    """Drop what nobody sees or hears but what is kept: controls, unassigned characters and the like."""
    text = _INVISIBLE.sub("", text)
    if text.isprintable():
        return text
    return "".join(c for c in text if c.isspace() or c in kept or unicodedata.category(c)[0] != "C")


def _folded(match: re.Match[str]) -> str:
    """Letters for look-alikes, without accents; Devanagari, whose marks are vowels, stays."""
    marked = unicodedata.normalize("NFD", match[0].translate(_LOOK_ALIKES))
    bare = "".join(c for c in marked if not unicodedata.combining(c) or c in _KANA_MARKS)
    return unicodedata.normalize("NFC", bare)


def normalize(text: str) -> str:
    """Reduce a text to lower-case words without accents and marks, separated by single spaces."""
    text = without_invisible(unicodedata.normalize("NFKC", text)).casefold()
    text = _NOT_DEVANAGARI.sub(_folded, text.translate(_PUNCTUATION))
    text = _SPREAD.sub(_join_letters, _BESIDE_UNSPACED.sub(" ", text))
    found = re.findall(r"[\w@$!|'\-\u0900-\u097f]+(?:\.[\w]+)*", text)
    words = " ".join(_plain(token.strip(_EDGES)) for token in found)
    words = re.sub(r"(\w)\1{2,}", r"\1\1", words)
    return " ".join(re.sub(r"[^\w'\s\u0900-\u097f]+|_+", " ", words).split())
