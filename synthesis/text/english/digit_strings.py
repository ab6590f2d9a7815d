"""Numbers that are names and not amounts: said digit by digit or in pairs."""

from __future__ import annotations

import re

from synthesis.text.english.context import WHOLE
from synthesis.text.english.numbers import cardinal, decimal, digits, pairs
from synthesis.text.scan import Scan, rule

_CALLS = frozenset("call dial dialed called text ring phone 911 emergency".split())
_CODES = frozenset(
    "zip zipcode postcode code pin password passcode otp in ssn card routing imei sn cvv cvc "
    "serial barcode tracking confirmation combination".split()
)
_ENDING = frozenset("ending ends ended digits".split())
_PLACES = frozenset(
    "room suite flight highway route hwy interstate boeing airbus bus apartment apt unit "
    "channel gate cell locker extension ext us county area rte".split()
)
_REFERENCES = frozenset(
    "number no id account invoice ticket reference ref case order bug issue pr case patent "
    "booking isbn model item sku badge".split()
)


def _leading_zero(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.before().lower().rstrip(".")
    zero = "oh" if before in _PLACES and before not in ("room",) else "zero"
    return digits(match[0], zero)


def _called(match: re.Match[str], scan: Scan) -> str | None:
    """A number after the word that says what it names."""
    number = match[0]
    before = scan.before().lower().rstrip(".:#")
    second = scan.before(2).lower()
    if before in ("number", "no", "#", "is", "code") and second in _CODES | _PLACES:
        before = second
    if second == "flight" and before.isalpha() and len(before) <= 3:
        return digits(number)
    if (before in _CALLS and len(number) == 3) or (before in _CODES and before != "in"):
        return digits(number)
    if before in ("in", "with") and second in _ENDING:
        return digits(number)
    if before in _PLACES and len(number) in (3, 4):
        return pairs(number) if len(number) == 4 or number[-1] == "0" else digits(number, "oh")
    if before in _PLACES | _REFERENCES and len(number) >= 5:
        return digits(number)
    return None


def _grouped(match: re.Match[str], scan: Scan) -> str | None:
    """A card's, an account's or a book's number in its groups."""
    return ", ".join(digits(group) for group in re.split(r"[- ]", match[0]))


def _model(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.before().lower()
    if before not in ("boeing", "airbus", "model"):
        return None
    second = cardinal(match["b"]) if match["b"].endswith("00") else digits(match["b"])
    return f"{digits(match['a'])} {second}"


def _hash(match: re.Match[str], scan: Scan) -> str:
    return f"number {decimal(match['number']) if len(match['number']) < 5 else digits(match['number'])}"


RULES = [
    rule(
        "digits",
        r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?![\d-])|\d{4} \d{6} \d{5}(?!\d)",
        _grouped,
        "d",
    ),
    rule("digits", r"\d{3}-\d{2}-\d{4}(?![\d-])", _grouped, "d", needs="-"),
    rule(
        "digits",
        r"97[89]-\d{1,5}-\d{1,7}-\d{1,7}-[\dX]|\d{1,9}(?:-\d{1,9}){2,9}(?![\w-])",
        _grouped,
        "d",
        needs="-",
    ),
    rule("digits", r"(?P<a>\d{3})-(?P<b>\d{2,3})(?![\d-])", _model, "d", needs="-"),
    rule(
        "digits",
        r"(?P<a>\d{5})-(?P<b>\d{4})(?![\d-])",
        lambda m, s: f"{digits(m['a'])}, {digits(m['b'])}",
        "d",
        needs="-",
    ),
    rule("digits", rf"#\s?(?P<number>{WHOLE})(?!\w)", _hash, "s", first="#"),
    rule("digits", r"0\d+(?![\w%]|[.,:/]\d)", _leading_zero, "d"),
    rule("digits", r"\d{3,}(?![\w%]|[.,:/]\d)", _called, "d"),
]
