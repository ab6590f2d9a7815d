"""English as it is read aloud, American and British.

A class of token is a module: what it looks like (rules) and how it is said. `RULES` is the order in
which they are asked; the first that answers has the token.
"""

from __future__ import annotations

import re

from synthesis.text.english import (
    abbreviations,
    addresses,
    cardinals,
    dates,
    digit_strings,
    electronic,
    fractions,
    letters,
    maths,
    measures,
    money,
    ordinals,
    roman,
    telephones,
    times,
    versions,
    years,
)
from synthesis.text.scan import Rule, Rules

_JOINED = Rule("joint", re.compile(r"-(?=\w)"), lambda match, scan: "" if scan.touches else None, "s")
_PLAIN = re.compile(
    r"(?!(?:vs|ok|etc|eg|dept|approx|govt|misc|incl|excl|tbsp|mph|rpm|pp|[ivxlc]{1,8})\b)"
    r"[a-z]+(?:['-][a-z]+)*(?=[ \n]|[,;!?](?!\w)|:(?=\s)|\.(?=\s+[A-Z]|\s*$)(?<!\b[a-z]))(?<!\bvs)(?<!\bst)"
)

RULES = Rules(
    [
        *electronic.RULES,
        *telephones.RULES,
        *money.RULES,
        *fractions.RULES[:1],
        *versions.RULES[:1],
        *dates.RULES,
        years.RULES[0],
        *times.RULES,
        *measures.RULES[:6],
        *fractions.RULES[1:],
        *versions.RULES[1:],
        *measures.RULES[6:],
        *ordinals.RULES,
        *cardinals.RULES,
        *digit_strings.RULES,
        *years.RULES[1:],
        *addresses.RULES,
        *abbreviations.RULES,
        *maths.RULES[:6],
        *roman.RULES,
        *letters.RULES,
        *cardinals.LAST,
        *maths.RULES[6:],
        _JOINED,
    ],
    plain=_PLAIN,
)
