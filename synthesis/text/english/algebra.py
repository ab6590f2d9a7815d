"""What is written of functions and unknowns: "sin(30°)", "log₂ 8", "(x-1)", "lim x→0", "|x|"."""

from __future__ import annotations

import re

from synthesis.text.english.context import NUMBER
from synthesis.text.english.fractions import parts
from synthesis.text.english.numbers import cardinal, decimal
from synthesis.text.english.units import unit_name
from synthesis.text.scan import Scan, rule

_FUNCTIONS = {
    "sin": "sine", "cos": "cosine", "tan": "tangent", "arcsin": "arc sine", "arccos": "arc cosine",
    "arctan": "arc tangent", "log": "log", "ln": "natural log", "sqrt": "the square root",
}  # fmt: skip


def _of_number(match: re.Match[str], scan: Scan) -> str:
    degrees = " degrees" if match["degrees"] else ""
    return f"{_FUNCTIONS[match['function']]} of {decimal(match['number'])}{degrees}"


def _logarithm(match: re.Match[str], scan: Scan) -> str:
    argument = match["argument"]
    said = decimal(argument) if argument[0].isdecimal() else argument.upper()
    return f"log base {cardinal(match['base'])} of {said}"


def _minus(match: re.Match[str], scan: Scan) -> str | None:
    """The hyphen of "(x-1)" and "y-2=0"."""
    letter = scan.touches
    if letter is None or letter.end - letter.start != 1 or not scan.text[letter.start].isalpha():
        return None
    opened = scan.text[max(0, letter.start - 1) : letter.start] in ("(", "+", "=", "*", "/")
    closed = scan.text[match.end() + len(match["number"]) :].lstrip()[:1] in (")", "=", "+", "*")
    return "minus" if opened or closed else None


def _limit(match: re.Match[str], scan: Scan) -> str:
    goal = match["goal"]
    said = "infinity" if goal == "∞" else cardinal(goal) if goal.isdecimal() else goal.upper()
    return f"the limit as {match['unknown'].upper()} approaches {said}"


def _product(match: re.Match[str], scan: Scan) -> str | None:
    """The "2ab" of "a² + 2ab + b²"."""
    unknowns = match["unknowns"]
    if unit_name(unknowns, True) or not any(each in scan.text for each in "=²³^"):
        return None
    return f"{cardinal(match['number'])} {' '.join(unknowns.upper())}"


def _difference(match: re.Match[str], scan: Scan) -> str | None:
    """ "7-3=4"; "1-2 = 5 points" is a scale."""
    numbers = re.split("[-−–]", match[0])
    rising = len(numbers) == 2 and float(numbers[0]) < float(numbers[1])
    if rising and re.match(r"\s=\s\d[\d.]{0,6}\s[a-z]", scan.rest(match.end())):
        return None
    return " minus ".join(map(decimal, numbers))


_TERM = r"\d{1,6}(?:\.\d{1,4})?"
FIRST = [
    rule(
        "maths",
        rf"{_TERM}(?:[-−–]{_TERM}){{1,6}}(?=\)?(?:[-+*×÷/]{_TERM}){{0,4}}\s?=\s?[-−(]?[\d?])",
        _difference,
        "d",
        needs="-−–",
    ),
    rule(  # "5-x=3"
        "maths",
        rf"(?P<number>{_TERM})[-−](?P<unknown>[a-z])(?=\)?\s?[=+])",
        lambda match, scan: f"{decimal(match['number'])} minus {match['unknown'].upper()}",
        "d",
        needs="-−",
    ),
    rule(
        "maths",
        r"(?P<top>\d)/(?P<bottom>[2-9]|1\d)(?P<unknown>[a-z])(?=\s?(?:[-+=)]|$))",
        lambda match, scan: (
            f"{parts(int(match['top']), int(match['bottom']))} {match['unknown'].upper()}"
            if "=" in scan.text
            else None
        ),
        "d",
        needs="/",
    ),
]
RULES = [
    rule(
        "maths",
        r"(?P<left>[a-z]):(?P<right>[a-z])(?=\s?=)",  # a ratio
        lambda match, scan: f"{match['left'].upper()} to {match['right'].upper()}",
        "l",
        needs=":",
    ),
    rule(
        "maths",
        r"[A-Za-z](?=[α-ωΔΓΘΛΞΠΣΦΨΩ](?![α-ω]))",
        lambda match, scan: (
            None if scan.touches and scan.touches.kind == "word" else match[0].upper()
        ),
        "a",
    ),
    rule(
        "maths",
        rf"(?P<function>{'|'.join(_FUNCTIONS)})\(\s?(?P<number>{NUMBER})(?P<degrees>°)?\s?\)",
        _of_number,
        "l",
        needs="(",
    ),
    rule(
        "maths",
        r"log_?(?P<base>2|10|3)(?:\s?\(\s?|\s)(?P<argument>\d{1,9}|[a-z])\s?\)?(?!\w)",
        _logarithm,
        "l",
        first="l",
    ),
    rule("maths", r"[-−](?=(?P<number>\d{1,4})(?!\w))", _minus, "s", first="-−"),
    rule(
        "maths",
        r"lim(?:_|\s)?\{?\(?(?P<unknown>[a-z])\s?(?:→|->)\s?(?P<goal>\d{1,3}|[a-z]|∞)\)?\}?",
        _limit,
        "l",
        first="l",
    ),
    rule(
        "maths",
        r"\|(?P<unknown>[a-z])\|",
        lambda match, scan: f"the absolute value of {match['unknown'].upper()}",
        "s",
        first="|",
    ),
    rule(
        "maths",
        r"(?P<number>\d{1,3})(?P<unknowns>[a-z]{2,3})(?=\s?(?:[-+=)²³^]|$))",
        _product,
        "d",
    ),
]
