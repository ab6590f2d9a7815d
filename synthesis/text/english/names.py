"""Names and borrowed words that neither the lexicon nor the rules of English spelling say right."""

from __future__ import annotations

import re
import unicodedata

_NAMES = {  # without accents -> phonemes
    "nguyen": "wˈɪn", "eoin": "ˈOən", "oisin": "ʌʃˈin", "niamh": "nˈiv", "saoirse": "sˈɜɹʃə",
    "zhao": "ʤˈW", "zhang": "ʤˈɑŋ", "xu": "ʃˈu", "wang": "wˈɑŋ", "xiaomi": "ʃˈWmi", "huawei": "wˈɑwˌA",
    "shenzhen": "ʃˌɛnʤˈɛn", "pyongyang": "pjˌʌŋjˈɑŋ", "joaquin": "wɑkˈin",
    "proust": "pɹˈust", "camus": "kæmˈu", "rousseau": "ɹusˈO", "wagner": "vˈɑɡnəɹ", "mozart": "mˈOtsɑɹt",
    "debussy": "dˌɛbjusˈi", "foucault": "fukˈO", "sartre": "sˈɑɹtɹə", "dostoevsky": "dˌɑstəjˈɛfski",
    "tchaikovsky": "ʧIkˈɔfski", "chekhov": "ʧˈɛkˌɔf", "rachmaninoff": "ɹɑkmˈɑnɪnˌɔf", "chopin": "ʃˈOpæn",
    "dvorak": "dvˈɔɹʒæk", "goethe": "ɡˈɜɹTə", "nietzsche": "nˈiʧə", "leibniz": "lˈIbnɪts", "huygens": "hˈIɡənz",
    "fourier": "fˈʊɹiˌA", "laplace": "ləplˈɑs", "poisson": "pwɑsˈɔn", "schrodinger": "ʃɹˈOdɪŋəɹ", "chloe": "klˈOi",
    "zoe": "zˈOi", "vuitton": "vwitˈɑn", "givenchy": "ʒivɑnʃˈi", "porsche": "pˈɔɹʃə",
    "hyundai": "hˈʌndA", "macron": "mɑkɹˈɔn", "putin": "pˈutɪn", "scholz": "ʃˈOlts", "zelenskyy": "zəlˈɛnski",
    "erdogan": "ˈɛɹdəwˌɑn", "chalamet": "ʃˈæləmA", "federer": "fˈɛdəɹəɹ", "djokovic": "ʤˈOkəvɪʧ",
    "nadal": "nədˈɑl", "mbappe": "əmbɑpˈA", "lewandowski": "lˌɛvɑndˈɔfski", "swiatek": "ʃvjˈɔntɛk",
    "tran": "tɹˈæn", "ng": "ˈɪŋ", "southwark": "sˈʌðəɹk", "cholmondeley": "ʧˈʌmli", "schuylkill": "skˈukᵊl",
    "champlain": "ʃæmplˈAn", "cairns": "kˈɛɹnz", "lodz": "wˈuʤ", "kyiv": "kˈiv", "leominster": "lˈɛmstəɹ",
    "moines": "mˈYn", "jolla": "hˈYə", "appetit": "ˌæpətˈi", "nginx": "ˈɛnʤɪnˌɛks", "bjork": "bjˈɔɹk",
    "hermione": "həɹmˈIəni", "siobhan": "ʃɪvˈɔn", "yosemite": "jOsˈɛməTi", "gloucester": "ɡlˈɔstəɹ",
    "worcester": "wˈʊstəɹ", "beaulieu": "bjˈuli", "magdalene": "mˈɔdlɪn", "leicester": "lˈɛstəɹ",
    "versailles": "vɛɹsˈI", "cannes": "kˈæn", "lyon": "liˈɔn", "oaxaca": "wəhˈɑkə", "phuket": "pukˈɛt",
    "tijuana": "tˌiəwˈɑnə", "ljubljana": "lˌublijˈɑnə", "reykjavik": "ɹˈAkjəvˌɪk", "qatar": "kətˈɑɹ",
}  # fmt: skip
_BORROWED = {  # in small letters too
    "d'etat": "dAtˈɑ", "d'etre": "dˈɛtɹə", "melange": "mAlˈɑnʒ",
    "creme": "kɹˈɛm", "pho": "fˈʌ", "gyro": "jˈiɹO", "gyros": "jˈiɹOz", "banh": "bˈɑn",
    "haagen-dazs": "hˈɑɡən dˈɑs",
}  # fmt: skip
_PHRASES = (  # what only together means this
    (re.compile(r"\bXi(?=\sJinping\b)"), "ʃˈi"),
    (re.compile(r"\bDes(?=\sMoines\b)"), "də"),
    (re.compile(r"(?<=\bla )vie\b"), "vˈi"),
    (re.compile(r"(?<=\b[Bb]on )appétit\b"), "ˌæpətˈi"),
    (re.compile(r"(?<=\b[Bb]ánh )mì\b"), "mˈi"),
    (re.compile(r"\b[Rr]aison(?=\sd'être\b)"), "ɹAzˈOn"),
    (re.compile(r"\bà(?=\sl[ae]\b)"), "ɑ"),
    (re.compile(r"\bJesús\b"), "hAsˈus"),
    (re.compile(r"\bJorge\b"), "hˈɔɹhA"),
    (re.compile(r"\bHermès\b"), "ɛɹmˈɛz"),
)
_WORD = re.compile(r"(?<![\w\[/'-])[^\W\d_]+(?:['-](?!s\b)[^\W\d_]+)*(?P<of>'s)?(?![\w'/\]-])")


def possessive(phonemes: str) -> str:
    """How "'s" sounds behind phonemes."""
    if phonemes[-1] in "szʃʒʧʤ":
        return "ᵻz"
    return "s" if phonemes[-1] in "ptkfθ" else "z"


def folded(text: str) -> str:
    """Letters without their accents."""
    return (
        "".join(
            each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)
        )
        .replace("ø", "o")
        .replace("Ø", "O")
        .replace("ł", "l")
        .replace("Ł", "L")
    )


def with_names(text: str) -> str:
    """The text with such words in the reader's notation; rare accents, of which spelling tells
    nothing, are taken off.
    """
    for pattern, phonemes in _PHRASES:
        text = pattern.sub(lambda match, said=phonemes: f"[{match[0]}](/{said}/)", text)  # type: ignore[misc]

    def mark(match: re.Match[str]) -> str:
        word = match[0].removesuffix("'s")
        key = word.lower() if word.isascii() else folded(word).lower()
        said = _BORROWED.get(key) or (_NAMES.get(key) if word[0].isupper() else None)
        if said:
            return f"[{match[0]}](/{said}{possessive(said) if match['of'] else ''}/)"
        return folded(match[0]) if any(each > "\u017f" for each in word) else match[0]

    return _WORD.sub(mark, text)
