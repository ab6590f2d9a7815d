"""What prescriptions say of how and how often: "1 tab PO BID x 7 days"."""

from __future__ import annotations

import re

from synthesis.text.english.context import speaks_of
from synthesis.text.english.numbers import cardinal
from synthesis.text.scan import Scan, rule

_OF_MEDICINE = re.compile(
    r"\b(?:tabs?|tablets?|caps?|capsules?|pills?|mg|mcg|ml|mL|units?|puffs?|drops?|gtts?|dos(?:e|es|age)|"
    r"sprays?|patch(?:es)?|inhaler|ointment|Rx|Sig|take|inject)\b|\d(?:mg|mcg|mL|ml)\b",
    re.I,
)


def _latin(match: re.Match[str], scan: Scan) -> str | None:
    return " ".join(match[0]) if speaks_of(scan, _OF_MEDICINE) else None


def _times(match: re.Match[str], scan: Scan) -> str | None:
    """The x of "x 7 days", "4 sets x 10 reps", "2 bags x 3"."""
    token = scan.token_before()
    if (
        token is None
        or (scan.touches is not None and scan.touches.said[-1:].isalnum())
        or "=" in scan.text[:200]
    ):
        return None
    if match["period"]:
        return "for"
    if token.kind == "fraction":
        return "by"
    word = scan.before().lower()
    if token.kind not in ("word", "letters") or len(word) < 3:
        return None
    return "of" if word in ("sets", "rounds") else "times"


RULES = [
    rule(
        "letters",
        r"q(?P<number>\d{1,2})\s?min(?!\w)",
        lambda match, scan: f"Q {cardinal(match['number'])} minutes",
        "l",
        first="q",
    ),
    rule(
        "abbreviation",
        r"x(?P<number>\d{1,2})(?=[.,;)]|$)",
        lambda match, scan: (
            f"times {cardinal(match['number'])}" if speaks_of(scan, _OF_MEDICINE) else None
        ),
        "l",
        first="x",
    ),
    rule(
        "letters",
        r"(?:BID|TID|QID|QOD|QHS|QAM|QPM|PRN|NPO|OU|OD|PO|SL|SQ)(?!\w)",
        _latin,
        "u",
        first="BTQPNOS",
    ),
    rule(
        "abbreviation",
        r"[x×](?=(?:\s|\d{1,2}\s?(?:days?|weeks?|months?|hrs?|hours?)\b))(?=\s?\d{1,3}(?P<period>\s?(?:days?|weeks?|wks?|months?|mos?|d|hours?|hrs?)\b)?)",
        _times,
        "as",
        first="x×",
    ),
]
