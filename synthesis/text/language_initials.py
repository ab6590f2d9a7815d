"""Capitals that are named one by one where a voice would say an impossible word: "l'ADN", "a UFRJ"."""

from __future__ import annotations

import re

from synthesis.text.language_table import LanguageTable
from synthesis.text.scan import Rule, Scan, rule

_CAPITALS = re.compile(r"[^\W\d_a-zß-öø-ÿ]{2,}")
_BEHIND = re.compile(r"\W{1,3}([^\W\d_]{2,24})")


def initial_rules(table: LanguageTable) -> list[Rule]:
    """None where a language has no pattern of them."""
    if not table.spelled:
        return []
    spelled = rf"(?P<letters>{table.spelled})(?!\w)"

    def say(match: re.Match[str], scan: Scan) -> str | None:
        return None if _is_shouted(match, scan) else " ".join(match["letters"])

    return [
        rule("word", rf"[^\W\d_]{{1,5}}['’](?={spelled})", lambda m, s: m[0], "a", needs="'’"),
        rule("letters", spelled, say, "u"),
    ]


def _is_shouted(match: re.Match[str], scan: Scan) -> bool:
    """Whether the words on both sides are in capitals too, so that this may be a word as well."""
    behind = _BEHIND.match(match.string, match.end())
    around = [scan.before(), behind[1] if behind else ""]
    return all(_CAPITALS.fullmatch(word) for word in around if word) and any(around)
