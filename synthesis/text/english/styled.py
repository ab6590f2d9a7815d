"""Letters that stand for others, and what only shows a form: "Ke$ha", "P!nk", "dd/mm/yyyy"."""

from __future__ import annotations

import re

from synthesis.text.scan import Scan, rule

_FIELD = r"(?:dd|mm|yyyy|yy|hh|ss)"


def _name(match: re.Match[str], scan: Scan) -> str | None:
    if scan.touches is not None:
        return None
    shouted = match[0].isupper()
    plain = match[0].replace("$", "S" if shouted else "s").replace("!", "i")
    return plain if 2 < len(plain) < (6 if shouted else 16) else None


def _form(match: re.Match[str], scan: Scan) -> str:
    """The letters of a form's fields one by one."""
    return " ".join(" ".join(field.upper()) for field in re.split(r"\W", match[0]))


RULES = [
    rule(
        "word",
        r"[A-Za-z]{1,12}\$[A-Za-z]{1,12}(?![\w$])|[A-Z]![a-z]{2,10}(?!\w)",
        _name,
        "a",
        needs="$!",
    ),
    rule(
        "letters",
        rf"{_FIELD}(?:[-/:.]{_FIELD}){{1,2}}(?![\w/])",
        _form,
        "a",
        re.I,
        first="dmyhsDMYHS",
    ),
]
