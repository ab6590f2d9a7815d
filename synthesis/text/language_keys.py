"""A "#" or "*": a key of a telephone, where a text tells which to press, or the head of a number."""

from __future__ import annotations

import re

from synthesis.text.language_table import LanguageTable
from synthesis.text.scan import Rule, Scan, rule

_PRESSING = re.compile(  # of all languages: what is pressed stands behind such a word, or before it
    r"\b(?:press|push|dial|puls|marqu|presion|oprim|toqu|tap[ez]|appuy|compos|frapp|touche|prem[aeui]|digit|tast|"
    r"aperte|pressione|disque|tecl|drück|wähl)|दबा|बटन",
    re.I,
)
_PRESSED = re.compile(r"\*?[\s-]*(?:drück|wähl|Taste|दबा|बटन|key)", re.I)


def key_rules(table: LanguageTable) -> list[Rule]:
    """In order of precedence."""

    def hash_key(match: re.Match[str], scan: Scan) -> str | None:
        """At the head of a line it is the mark of a heading."""
        before = scan.token_before()
        among = scan.touches is None and before is not None and before.kind == "word"
        return table.marks["#"] if among else None

    def star_key(match: re.Match[str], scan: Scan) -> str | None:
        """Elsewhere it is the mark of a note, or of a list."""
        told = scan.text[max(0, scan.at - 60) : scan.at]
        if scan.touches is not None and scan.touches.kind != "punctuation":
            return None
        pressed = _PRESSING.search(re.split(r"[.!?।]\s", told)[-1])
        return table.marks["*"] if pressed or _PRESSED.match(scan.rest(scan.at, 12)) else None

    def reference(match: re.Match[str], scan: Scan) -> str:
        groups = (
            " ".join(table.cardinal(int(each)) for each in group)
            for group in match["number"].split("-")
        )
        return f"{table.signs.get('#', '')} {', '.join(groups)}".strip()

    return [
        rule(  # "#2041-88"
            "digits",
            r"#\s?(?P<number>\d{1,12}(?:-\d{1,8}){1,3})(?![\w-])",
            reference,
            "s",
            first="#",
        ),
        rule("word", r"#(?=\s|[.,;:!?)]|$)", hash_key, "s", first="#"),
        rule("word", r"\*(?=-?[^\W\d_]{3}|\s(?!\*)|[.,;:!?)\"»”’']|$)", star_key, "s", first="*"),
    ]
