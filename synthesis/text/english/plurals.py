"""Numbers that are many of themselves: "under 7s", "sizes 7s and 8s"."""

from __future__ import annotations

import re

from synthesis.text.scan import Scan

_OF_AGES = frozenset(("", "the", "our", "all", "with", "and", "most"))


def is_plural(match: re.Match[str], scan: Scan) -> bool:
    """Whether "7s" are sevens: sizes, or numbers in a row ("7s and 8s")."""
    before = scan.before().lower()
    if before == "over" and scan.before(2).lower() in _OF_AGES:
        return True
    if before in ("size", "sizes", "all") or (before == "under" and scan.before(2).lower() != "in"):
        return True
    in_a_row = re.match(r"\s(?:and|or)\s\d+s\b", scan.rest(match.end(), 14))
    earlier = scan.token_before(2)
    joined = scan.before() in ("and", "or") and earlier is not None
    return bool(in_a_row) or (joined and bool(re.fullmatch(r"\d+s", scan.before(2))))
