"""Places in an order: "1st", "22ND", "the 101st"."""

from __future__ import annotations

from synthesis.text.english.context import GROUPED
from synthesis.text.english.numbers import cardinal, ordinal, pairs, plural
from synthesis.text.scan import rule

FIRST = [
    rule(
        "cardinal",
        r"(?P<number>\d{1,6})ers(?!\w)",
        lambda match, scan: cardinal(match["number"]).removesuffix("e") + "ers",
        "d",
        needs="e",
    ),
    rule(
        "cardinal",
        r"(?P<number>\d{3,6})s(?!\w)",
        lambda match, scan: plural(pairs(match["number"])).removeprefix("one "),
        "d",
        needs="s",
    ),
]
RULES = [
    rule(
        "ordinal",
        rf"(?P<number>{GROUPED}|\d+)(?:st|nd|rd|th|ST|ND|RD|TH|ᵗʰ|ˢᵗ|ⁿᵈ|ʳᵈ|ⁿd)(?P<many>s?)(?!\w)",
        lambda match, scan: (
            plural(ordinal(match["number"])) if match["many"] else ordinal(match["number"])
        ),
        "d",
        needs="tTdDhHʰᵗᵈ",
    ),
    rule(
        "ordinal",
        r"(?P<number>\d+)[ºª](?!\w)",
        lambda match, scan: ordinal(match["number"]),
        "d",
        needs="ºª",
    ),
]
