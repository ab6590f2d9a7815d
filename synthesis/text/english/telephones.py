"""Telephone numbers, digit by digit in their groups."""

from __future__ import annotations

import re

from synthesis.text.english.lexicon import is_word
from synthesis.text.english.numbers import cardinal, digits
from synthesis.text.scan import Scan, rule

_EXTENSION = r"(?:(?:,?\s?(?:ext\.?|extension|x)\s?|-)(?P<extension>\d{1,6}))?(?![\w-]|[.,]\d)"


def _group(group: str) -> str:
    if group.isalpha():
        return group.lower() if len(group) > 3 or is_word(group) else " ".join(group)
    if len(group) == 3 and group.endswith("00") and group[0] != "0":
        return f"{cardinal(group[0])} hundred"
    return digits(group)


def _extension(match: re.Match[str]) -> str:
    return "" if match.string[match.start("extension") - 1] == "-" else " extension"


def _phone(match: re.Match[str], scan: Scan) -> str | None:
    number = match["number"]
    groups = [group for group in re.split(r"[^\dA-Za-z]+", number) if group]
    count = sum(len(group) for group in groups)
    if count < 7 or (number.startswith("+") and count > 15):
        return None
    spoken = ", ".join(_group(group) for group in groups)
    plus = "plus " if number.startswith("+") else ""
    extension = match.groupdict().get("extension")
    return f"{plus}{spoken}" + (f",{_extension(match)} {digits(extension)}" if extension else "")


RULES = [
    rule(
        "telephone",
        rf"(?P<number>(?:\+?\d{{1,3}}[-. ]?)?\(\d{{3}}\)[-. ]?\d{{3}}[-. ]?\d{{4}}){_EXTENSION}",
        _phone,
        "ds",
        first="+(0123456789",
    ),
    rule(
        "telephone",
        rf"(?P<number>(?:\+?1[-. ])?\d{{3}}([-. ])\d{{3}}\2\d{{4}}){_EXTENSION}",
        _phone,
        "ds",
        first="+0123456789",
    ),
    rule(
        "telephone",
        r"(?P<number>\+\d{1,3}(?:[-. ]?\(?\d{1,5}\)?){1,6})(?![\w])",
        _phone,
        "s",
        first="+",
    ),
    rule(
        "telephone",
        r"(?P<number>\(0\d{1,4}\)\s?\d{3,4}[ -]?\d{3,4})(?![\w-])",
        _phone,
        "s",
        first="(",
    ),
    rule(
        "telephone",
        r"(?P<number>00[ -]?\d{1,3}(?:[ -]\d{2,6}){2,5})(?![\w-])",
        _phone,
        "d",
        first="0",
    ),
    rule(
        "telephone",
        r"(?P<number>\(?0\d{2,4}\)?(?:[ -]\d{3,4}){2})(?![\w-])",
        _phone,
        "ds",
        first="0(",
    ),
    rule("telephone", r"(?P<number>0\d{3,4}[ -]\d{5,7})(?![\w-]|[.,]\d)", _phone, "d", first="0"),
    rule(
        "telephone",
        r"(?P<number>1-8\d\d(?:-[A-Z\d]{1,10}){1,4})(?!\w)",
        _phone,
        "d",
        first="1",
    ),
    rule("telephone", r"(?P<number>\d{3}-[A-Z]{4})(?!\w)", _phone, "d", needs="-"),
    rule(
        "telephone",
        rf"(?P<number>\d{{3}}[-.]\d{{4}})(?!\s?[°%]){_EXTENSION}",
        _phone,
        "d",
        needs="-.",
    ),
]
