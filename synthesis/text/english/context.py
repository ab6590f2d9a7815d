"""What the words around a token say about it."""

from __future__ import annotations

import re

from synthesis.text.scan import Scan
from synthesis.text.tokens import Token

GROUPED = r"\d{1,3}(?:,\d{3})+(?!\d)|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)|\d{1,3}(?:'\d{3})+(?!\d)"
SPACED = r"[1-9]\d{0,2}(?:[ \u00a0]\d{3})+(?![\w-]|[.,]\d)"
WHOLE = rf"(?:{GROUPED}|{SPACED}|\d+(?:_\d+)*)"
NUMBER = rf"(?:{WHOLE}(?:\.\d+)?)"

NUMERIC = frozenset(
    "cardinal ordinal year decade date time money measure fraction digits roman letters".split()
)
ARTICLES = frozenset("a an another each every this that per one".split())
DETERMINERS = ARTICLES | frozenset(
    "the his her their our my your its no any some new extra".split()
)
NOT_NOUNS = frozenset(
    "a an the and or but nor so yet for to of in on at by from with without as per than then if "
    "when while because is are was were be been being am do does did has have had will would can "
    "could should shall may might must i you he she it we they me him her us them this that these "
    "those who which what where how why not now today tomorrow yesterday away ago apart later "
    "earlier more less each every all total back down up off out over under after before into "
    "onto about around long wide tall deep high thick old only just too also again here there "
    "please instead even still already until till since during except including plus minus came "
    "went left ran said got outside inside overnight tonight between among within throughout toward towards "
    "through across beneath below above beside near past upon despite whereas".split()
)
_IS = frozenset("it's that's he's she's there's here's what's who's where's let's".split())
MONTHS = (
    "January February March April May June July August September October November December".split()
)


HEADS = frozenset(  # nouns that an amount before them nearly always describes
    "installment instalment payment note bill coin ticket fee fine deal salary prize plan budget discount voucher gift charger battery "
    "bottle bag lens screen run race walk drive line cable rope board drop jump hike swim window period "
    "delay interval bulb engine loan mortgage contract investment donation grant fund tower monitor "
    "display disk flat apartment lot limit zone radius diameter bonus tip cheque check subscription "
    "angle angles rotation relay dash sprint socket wrench bolt drill hurdles freestyle backstroke breaststroke butterfly medley final "
    "tablet capsule pill dose injection studio house room pipe cable hose notebook laptop tv".split()
)


_VESSELS = "can|bag|box|jar|package|pkg|bottle|tin|carton|container|block|stick|ball|tube|packet|pack|log|tub|envelope"


def attributive(scan: Scan, end: int, determiners: frozenset[str] = DETERMINERS) -> bool:
    """Whether an amount that begins here and ends there stands before the noun that it counts for.

    As in "a $20 bill" and "a 10 km run", which are said in the singular.
    """
    if scan.text[end : end + 1] == "-" and scan.text[end + 1 : end + 2].isalpha():
        return True
    if re.match(rf"\.?\)\s(?:{_VESSELS})s?\b", scan.rest(end)):
        return True  # "1 (15 oz.) can"
    if re.match(r"\sV\d\b", scan.rest(end)):
        return True  # "a 5.7L V8"
    aside = re.match(r"\s\([^()]{1,20}\)", scan.rest(end))  # "a 10 m (32 ft) passage"
    following = scan.after(end + aside.end() if aside else end)
    before = scan.before().lower()
    if following == "cans" or (following == "can" and before in ("a", "an")):
        return True  # "a 12 oz can", where "can" is no verb
    if following[:1].isupper() and following not in ("I", "X"):
        return before in ("a", "an") or before.endswith("'s")  # "a $25M Series B"
    if not following or not following.islower() or following in NOT_NOUNS:
        return False
    if following in HEADS or (following.removesuffix("s") in HEADS and before[:1].isalnum()):
        return True
    if before in ARTICLES or (before.endswith("'s") and len(before) > 3 and before not in _IS):
        return not following.endswith("ly")
    second = scan.before(2).lower()
    return before in determiners or (
        before.isalpha() and second in ("a", "an") and before not in NOT_NOUNS
    )


def speaks_of(scan: Scan, words: re.Pattern[str]) -> bool:
    """Whether a text has one of some words near this place."""
    return words.search(scan.text, max(0, scan.at - 120), scan.at + 120) is not None


def numeric(token: Token | None) -> bool:
    return token is not None and token.kind in NUMERIC


OF_RATES = re.compile(
    r"\b(?:rates?|fed|ecb|yields?|spreads?|basis|central bank|hiked?|treasur(?:y|ies)|mortgages?|margins?|fees?|returns?|bonds?|stocks?|index)\b",
    re.I,
)


def of_shares(scan: Scan) -> bool:
    """Whether points are of a percentage, as in "29.7%, up 4 pp"."""
    shares = "%" in scan.text[max(0, scan.at - 60) : scan.at] or speaks_of(scan, OF_RATES)
    return shares or scan.before().lower() in ("up", "down", "by")
