"""English as it is read aloud, American and British.

A class of token is a module: what it looks like (rules) and how it is said. `RULES` is the order in
which they are asked; the first that answers has the token.
"""

from __future__ import annotations

import re

from synthesis.text.english import (
    abbreviations,
    addresses,
    algebra,
    cardinals,
    chats,
    chemistry,
    dates,
    digit_strings,
    directions,
    doses,
    electronic,
    flights,
    fractions,
    gauges,
    letters,
    maths,
    measures,
    money,
    ordinals,
    roman,
    scripture,
    styled,
    telephones,
    times,
    versions,
    years,
)
from synthesis.text.scan import Rule, Rules

_JOINED = Rule(
    "joint", re.compile(r"-(?=\w)"), lambda match, scan: "" if scan.touches else None, "s"
)
_SHORT = (  # what may be more than a word though it looks like one
    "vs|ok|etc|eg|dept|approx|govt|misc|incl|excl|tbsp|mph|rpm|pp|[ivxlc]{1,8}|Mr|Mrs|Ms|Dr|Prof|Mt|St|Ave|"
    "Av|Blvd|Rd|Ln|Ct|Pl|Sq|Hwy|Pkwy|Ter|Cir|Trl|Expy|Rte|Fwy|Cres|Apt|Ste|Rm|Fl|Bldg|Dept|Inc|Ltd|"
    "Corp|Bros|Jr|Sr|Intl|Assoc|Govt|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|January|February|"
    "March|April|May|June|July|August|September|October|November|December|jan|feb|mar|apr|jun|jul|aug|sept?|"
    "oct|nov|dec|e[sdt]t?|utc|ce?st?|cet|[bij]st|january|february|march|april|may|june|july|august|september|october|november|december|Mon|Tues?|Weds?|Thu(?:rs?)?|"
    "Fri|Sat|Sun|Ok|Hz|No|Vol|Fig|Rs|Lat|Lon|lat|lon|lim|Del|Esc|Ins|Stn|Iss|iss|Dep|dep|Arr|arr|Hr|Hrs|nos?|vol|fig|apt|[a-z]"
)
_PLAIN = re.compile(  # atomic, so that a long word is looked at once
    rf"(?!(?:{_SHORT}|{'|'.join(abbreviations.LABELS)}|Rx|[Nn]at'l|[Ii]nt'l|[Gg]ov't|[Dd]ep't|[Aa]ss[nt]'?t|[Cc]ont'd|[b-df-hj-np-tv-xz]{{2,4}}|st|ave|blvd|rd|dr|ln|ct|pl|hwy|pkwy|{'|'.join(sorted(chats.WORDS))})\b)(?>[A-Z]?[a-z]+(?:['-][a-z]+)*)"
    r"(?=[ \n](?!\d{1,3}:\d)|[,;!?](?!\w)|:(?=\s))"
)

RULES = Rules(
    [
        *styled.RULES,
        *electronic.RULES,
        *chats.RULES,
        *scripture.RULES,
        *flights.RULES,
        *telephones.RULES,
        *chemistry.FIRST,
        *cardinals.FIRST,
        *money.RULES,
        *algebra.FIRST,
        *fractions.FIRST,
        *versions.FIRST,
        *dates.RULES,
        *years.FIRST,
        *ordinals.FIRST,
        *gauges.RULES,
        *times.RULES,
        *addresses.LETTERED,
        *doses.RULES,
        *measures.FIRST,
        *fractions.RULES,
        *versions.RULES,
        *measures.RULES,
        *ordinals.RULES,
        *cardinals.RULES,
        *directions.RULES,
        *addresses.FIRST,
        *digit_strings.RULES,
        *years.RULES,
        *addresses.RULES,
        *abbreviations.RULES,
        *chemistry.RULES,
        *algebra.RULES,
        *maths.FIRST,
        *roman.RULES,
        *letters.RULES,
        *cardinals.LAST,
        *maths.RULES,
        _JOINED,
    ],
    plain=_PLAIN,
)
