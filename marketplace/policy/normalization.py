"""Text as it will be heard, however it is disguised.

Look-alike letters, zero-width characters, accents, digits for letters, and spaced-out letters all
lead to the same plain words (Unicode TR 39 on confusables).
"""

from __future__ import annotations

import re
import unicodedata

_LOOK_ALIKES = str.maketrans(
    "аеорсухіїјѕһкмтнвԁɡցαεοριτυνκηχɑԛɪԝⅼոօ",
    "aeopcyxiijshkmthbdggaeopituvknxaqiwlno",
)
_DIGITS = str.maketrans("0134578@$!|", "oieastbasil")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPREAD = re.compile(r"(?<!\w)(?:\w[\s.\-_*·]+){2,}\w(?!\w)")
_KANA_MARKS = "\u3099\u309a"  # "が" without its mark is another syllable
_DEVANAGARI = re.compile("[\u0900-\u097f]")


def _join_letters(match: re.Match[str]) -> str:
    return re.sub(r"[\s.\-_*·]", "", match[0])


def _plain(token: str) -> str:
    """Replace digits and signs inside a word by the letters that they stand for."""
    letters = sum(c.isalpha() for c in token)
    disguised = any(not c.isalpha() and c not in "'-" for c in token)
    if letters >= 2 and disguised:
        token = token.rstrip("!|").translate(_DIGITS)
    return token


def normalize(text: str) -> str:
    """Reduce a text to lower-case words without accents and marks, separated by single spaces."""
    text = unicodedata.normalize("NFKC", text)
    text = _INVISIBLE.sub("", text).casefold()
    if not _DEVANAGARI.search(text):
        text = text.translate(_LOOK_ALIKES)
        text = "".join(
            c
            for c in unicodedata.normalize("NFD", text)
            if not unicodedata.combining(c) or c in _KANA_MARKS
        )
        text = unicodedata.normalize("NFC", text)
    text = _SPREAD.sub(_join_letters, text.replace("\u0964", " "))  # the danda ends a sentence
    tokens = (_plain(token) for token in re.findall(r"[\w@$!|'\-\u0900-\u097f]+(?:\.[\w]+)*", text))
    words = " ".join(tokens)
    words = re.sub(r"(\w)\1{2,}", r"\1\1", words)
    return " ".join(re.sub(r"[^\w'\s\u0900-\u097f]+", " ", words).split())
