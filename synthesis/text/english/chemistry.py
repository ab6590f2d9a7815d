"""Formulas of substances, letter by letter: "H2SO4", "CaCO3", "NaCl"."""

from __future__ import annotations

import re
import unicodedata

from synthesis.text.english.context import speaks_of
from synthesis.text.english.numbers import cardinal, decimal, pairs
from synthesis.text.scan import Scan, rule

_ELEMENTS = (
    "He Li Be Ne Na Mg Al Si Cl Ar Ca Sc Ti Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Zr Nb Mo Ru "
    "Rh Pd Ag Cd In Sn Sb Te Xe Cs Ba La Ce Pt Au Hg Pb Bi Th H B C N O F P S K V I W U"
).replace(" ", "|")
_WITHOUT_NUMBERS = frozenset(  # of which the letters alone are no word of another kind
    "NaCl HCl NaOH KOH KCl KBr NaBr LiCl LiOH AgCl CaO MgO ZnO FeO CuO BaO HBr HCN NaF CuS ZnS PbS NaClO "
    "KClO NaCN KCN HClO GaAs GaN SiC TiN InP".split()
)
_ORGANIC = re.compile(r"(?=.*[HO])(?=(?:\D+\d+){2})(?:[CHONSP]\d{0,2}){3,}")
_PART = re.compile(rf"(?:{_ELEMENTS})|[()]|[\d₀-₉]+")


def _formula(match: re.Match[str], scan: Scan) -> str | None:
    text = match[0]
    if text not in _WITHOUT_NUMBERS:
        small = any(character.islower() for character in text) or _ORGANIC.fullmatch(text)
        if not re.search(r"[\d₀-₉]", text) or not (small or "(" in text):
            return None  # capitals and digits are letters and digits anyway
        if re.search(r"\d{3}|\b0|[A-Za-z]0", text):
            return None
    said = []
    for part in _PART.findall(text):
        if part[0] in "()":
            continue
        said.append(cardinal(part) if part[0].isdecimal() else " ".join(part.upper()))
    return " ".join(said)


def _ion(match: re.Match[str], scan: Scan) -> str:
    """ "Fe³⁺": an element and its charge."""
    charge = unicodedata.normalize("NFKC", match["charge"] or "")
    sign = "minus" if match["sign"] == "⁻" else "plus"
    return " ".join([*match["element"].upper(), *([cardinal(charge)] if charge else []), sign])


_ARROW = re.compile(r"→|->|⇌|=")
_OF_IONS = re.compile(r"\b(?:ions?|ionic|channels?|pumps?|electrolytes?|anions?|cations?)\b")


def _plain_ion(match: re.Match[str], scan: Scan) -> str | None:
    """ "Na+" and "Cl-", where ions are spoken of."""
    if not speaks_of(scan, _OF_IONS) and not speaks_of(scan, _ARROW):
        return None
    sign = "minus" if match["sign"] in "-−" else "plus"
    charge = [cardinal(match["charge"])] if match["charge"] else []
    return " ".join([*match["element"].upper(), *charge, sign])


def _isotope(match: re.Match[str], scan: Scan) -> str:
    """ "²³⁵U"."""
    mass = unicodedata.normalize("NFKC", match["mass"])
    return f"{' '.join(match['element'].upper())} {pairs(mass)}"


def _coefficient(match: re.Match[str], scan: Scan) -> str | None:
    """The "2Mg" of "2Mg + O2 → 2MgO"."""
    reaction = speaks_of(scan, _ARROW)
    return f"{cardinal(match['number'])} {' '.join(match['element'].upper())}" if reaction else None


FIRST = [
    rule(
        "measure",
        r"(?P<number>\d{1,6}(?:\.\d{1,4})?)\s?M(?=\s(?:NaCl|HCl|NaOH|KCl|KOH|H2SO4|HNO3|CaCl2|MgCl2|NaHCO3|Tris|EDTA|glucose|sucrose|solution)\b)",
        lambda match, scan: f"{decimal(match['number'])} molar",
        "ds",
    ),
]
RULES = [
    rule(
        "letters",
        r"(?P<element>Mg|Na|Al|Fe|Zn|Cu|Ag|Ca|Li|Si|Cl|Br|Pb|Hg|Ni|Mn|Au|Sn)(?=\((?:s|l|g|aq)\))",
        lambda match, scan: " ".join(match["element"].upper()),
        "u",
        needs="(",
    ),
    rule(
        "letters",
        r"(?P<number>\d{1,2})(?P<element>Mg|Na|Al|Fe|Zn|Cu|Ag|Ca|Li|Si|Cl|Br|Pb|Hg|Ni|Mn|Au|Sn)(?!\w)",
        _coefficient,
        "d",
    ),
    rule(
        "letters",
        rf"(?P<mass>[¹²³⁰⁴-⁹]{{1,3}})(?P<element>{_ELEMENTS})(?![a-z])",
        _isotope,
        "s",
        first="¹²³⁰⁴⁵⁶⁷⁸⁹",
    ),
    rule(
        "letters",
        r"(?P<element>Na|K|Cl|Ca|Mg|H|OH|Br|F|I|Li|Ag|Cu|Fe|Zn|Al)(?P<charge>[23])?(?P<sign>[-−+])(?=[\s.,;)/]|$)",
        _plain_ion,
        "u",
        needs="-−+",
    ),
    rule(
        "letters",
        rf"(?P<element>{_ELEMENTS})(?P<charge>[²³⁴])?(?P<sign>[⁺⁻])(?![\d¹²³⁴-⁹])",
        _ion,
        "u",
        needs="⁺⁻",
    ),
    rule(
        "letters",
        rf"\(?(?:(?:{_ELEMENTS})\d{{0,2}}|[()]\d{{0,2}}){{2,16}}(?<![(])(?![\w-]|[.]\w)",
        _formula,
        "us",
        first="(HLBNMASCTVFGKRZPIXDEOUWY",
    ),
]
