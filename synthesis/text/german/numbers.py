"""German numbers in words: cardinals, ordinals, fractions and years."""

from __future__ import annotations

import re

from num2words import num2words

from synthesis.text.german.nouns import article

_STRONG = frozenset("am im zum vom beim dem den des bis ab seit zur spätestens frühestens".split())
_YEAR_BEFORE = frozenset(
    "jahr jahre jahren im in anno seit um ab bis von vor nach bereits erst schon".split()
)
_DETERMINERS = re.compile(r"(?:jed|dies|jen|[dms]?ein|kein|ihr|unser|beid|all)e[nm]")
_WEAK = frozenset("der die das jeder jede jedes".split())
_NO_ADJECTIVES = frozenset(
    "oder aber über unter für vor hier her weiter wieder immer sehr mehr der die das des den dem er sie es "
    "wer ohne gegen neben zwischen oben unten eben gegenüber werden haben sein können müssen sollen kosten alle "
    "drücken wählen eingeben sagen drücke wähle per später leider noch bitte heute ehe sowie beide".split()
)


def cardinal(value: int) -> str:
    return str(num2words(value, lang="de"))


def ordinal(value: int, feminine: bool) -> str:
    return str(num2words(value, lang="de", to="ordinal"))


def year(value: int) -> str:
    """ "neunzehnhundertneunzig", "zweitausendzehn"."""
    return str(num2words(value, lang="de", to="year")).removesuffix(" n. chr.")


def day(value: int, before: str) -> str:
    """A day or place as it stands after a word: "am dritten", "der dritte", "dritter"."""
    if before in _STRONG or before == "urt. v." or _DETERMINERS.fullmatch(before):
        return ordinal(value, False) + "n"
    return ordinal(value, False) + ("" if before in _WEAK else "r")


def counted(value: int, noun: str) -> str:
    """A number before the word that follows it: "eine Stunde", "ein Euro", "eins oder zwei"."""
    if value != 1 or not noun:
        return cardinal(value)  # "hunderteins Seiten"
    if noun[0].isupper():
        return article(noun)
    return _before_adjective(noun) or "eins"


def _before_adjective(word: str) -> str | None:
    """ "eine" before "kleine", "ein" before "großer"; None before what is no adjective."""
    if word in _NO_ADJECTIVES or len(word) < 4:
        return None
    endings = {"e": "eine", "er": "ein", "es": "ein", "en": "einen", "em": "einem"}
    return next((said for ending, said in endings.items() if word.endswith(ending)), None)


def written_ordinal(value: int, sign: str) -> str:
    """ "zehner", "hunderter", "zweimal"."""
    said = "ein" if value == 1 and "er" not in sign else cardinal(value)
    return (said.removeprefix("ein") if value in (100, 1000) else said) + sign.lstrip("-")


def parts(top: int, bottom: int) -> str | None:
    """A fraction: "drei Viertel", "ein Elftel"."""
    if bottom == 2:
        return "ein halb" if top == 1 else f"{counted(top, 'Halbe')} Halbe"
    name = ordinal(bottom, False).removesuffix("e") + "el"
    return f"{'ein' if top == 1 else cardinal(top)} {name[0].upper()}{name[1:]}"


def mixed(whole: int, top: int, bottom: int) -> str | None:
    """ "eineinhalb", "zwei drei Viertel"."""
    said = "ein" if whole == 1 else cardinal(whole)
    return f"{said}einhalb" if (top, bottom) == (1, 2) else f"{said} {parts(top, bottom)}"


def is_year(value: int, before: str, after: str) -> bool:
    """Whether four digits by themselves are a year: "1126" is one only where a word says so."""
    return value >= 1500 or before.lower() in _YEAR_BEFORE
