"""Years and decades."""

from __future__ import annotations

import re

from synthesis.text.english.context import MONTHS, NOT_NOUNS, speaks_of
from synthesis.text.english.numbers import cardinal, plural, year
from synthesis.text.scan import Scan, rule

_OF_TIME = frozenset(
    "in since from until till by before after between during year years of circa around about "
    "fall spring summer winter autumn early late mid and to through for born died est established "
    "founded the published released version fy class season copyright © nineteen".split()
) | {month.lower() for month in MONTHS}
_COUNTED = frozenset(
    "people men women children kids users dollars pounds euros miles calories points words steps "
    "votes sheep fish feet inches yards metres meters percent degrees times more additional "
    "different other square cubic tons tonnes hp rpm folks km kg lbs".split()
)
_EVENTS = frozenset(
    "cup olympics games expo awards election elections championship championships bowl series euro summit "
    "edition conference convention festival tour open grammys oscars budget census eurovision".split()
)
_NOT_COUNTED = frozenset("was is has this his its as as us yes olympics elections always".split())
_WORKOUT = re.compile(r"\s?(?:on|off|rest|hold|work|sprint|plank)\b")
_OF_STYLE = re.compile(
    r"\b(?:music|era|decades?|hits|genres?|fashion|styles?|songs?|theme|films?)\b", re.I
)
_TIMED = frozenset(
    "plank rest hold timer time duration cooldown delay wait sprint interval work".split()
)
_OF_AGE = ("his", "her", "their", "my", "the", "in", "your", "our")
_SECONDS = frozenset("takes took for in wait every within lasted under ran last".split())


def _year(match: re.Match[str], scan: Scan) -> str | None:
    value = int(match["year"])
    before, following = scan.before().lower(), scan.after(match.end())
    if before in _EVENTS and 1890 < value < 2100:
        return year(value)
    many = following in _COUNTED or (
        following.islower()
        and len(following) > 3
        and following.endswith("s")
        and not following.endswith(("ss", "us", "is"))
        and following not in _NOT_COUNTED | NOT_NOUNS
    )
    if many and following in _COUNTED:
        return cardinal(value) if before not in ("in", "since") else year(value)
    if many and before not in _OF_TIME:
        return cardinal(value)
    return year(value)


def _era(match: re.Match[str], scan: Scan) -> str:
    value = int(match["year"])
    era = " ".join(letter for letter in match["era"] if letter.isalpha())
    return f"{year(value) if value >= 1000 else _short_year(value)} {era}"


def _short_year(value: int) -> str:
    if value >= 100 and value % 100:
        rest = value % 100
        return f"{cardinal(value // 100)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"
    return cardinal(value)


def _decade(match: re.Match[str], scan: Scan) -> str | None:
    century, tens = match["century"], match["tens"]
    if not century:
        if tens == "00":
            return "two thousands" if match["mark"] else None
        quoted = match["mark"] or match["apostrophe"]
        if not quoted and scan.before().lower() in _SECONDS:
            return None
        after_colon = scan.text[max(0, scan.at - 2) : scan.at] == ": " and not speaks_of(
            scan, _OF_STYLE
        )
        if not quoted and (after_colon or scan.before().lower() in _TIMED):
            return None
        if not quoted and _WORKOUT.match(scan.text, match.end()) and scan.before() not in _OF_AGE:
            return None
        return plural(cardinal(tens))
    if tens == "00" and century == "10":
        return None
    if tens == "00":
        name = year(int(century + tens))
        return plural(name)
    return f"{cardinal(century)} {plural(cardinal(tens))}"


def _class_of(match: re.Match[str], scan: Scan) -> str:
    two = match["two"]
    return f"oh {cardinal(two[1])}" if two.startswith("0") else cardinal(two)


def _span(match: re.Match[str], scan: Scan) -> str | None:
    """ "1998-99", "2019/20": the second year by its last two digits."""
    first, last = int(match["first"]), match["last"]
    if len(last) == 2 and int(last) != (first + 1) % 100 and int(last) <= first % 100:
        return None
    joint = "" if match["joint"] == "/" else "to"
    short = f"oh {cardinal(last[1])}" if last[0] == "0" else cardinal(last)
    return f"{year(first)} {joint} {short}"


FIRST = [
    rule(
        "decade",
        r"(?P<mark>)(?P<century>1[5-9]|20)(?P<tens>\d0)(?P<apostrophe>)\ss(?=[\s.,;:!?)]|$)",  # "1980 s"
        lambda match, scan: (
            None if scan.before().lower() in _SECONDS - {"in"} else _decade(match, scan)
        ),
        "d",
        first="12",
    ),
    rule(
        "decade",
        r"(?P<mark>')?(?P<century>1\d|20)?(?P<tens>\d0)(?P<apostrophe>'?)(?:s|(?<=\d\d\d\d)S)(?!\w)",
        _decade,
        "ds",
        first="'0123456789",
    ),
]
RULES = [
    rule(
        "year",
        r"(?P<year>[3-9]\d[1-9]\d|2[1-9]\d\d)(?![\w%]|[.,:/]\d)",
        lambda match, scan: (
            f"{cardinal(match['year'][:2])} {cardinal(match['year'][2:])}"
            if scan.before().lower() == "year" and match["year"][2] != "0"
            else None
        ),
        "d",
    ),
    rule("year", r"'(?P<two>\d\d)(?![\w'\"]|[.,:]\d)", _class_of, "s", first="'"),
    rule(
        "year",
        r"(?P<year>\d{1,4})\s?(?P<era>B\.?C\.?E?\.?|A\.?D\.?|C\.E\.|CE\b)(?!\w)",
        _era,
        "d",
        first="0123456789",
    ),
    rule(
        "year",
        r"(?P<first>1[5-9]\d\d|20\d\d)(?P<joint>\s?[-–]\s?|/)(?P<last>\d\d)(?![\w/%]|[-–.,:]\d)",
        _span,
        "d",
        needs="-–/",
    ),
    rule("year", r"(?P<year>1[1-9]\d\d|20\d\d|10[1-9]\d)(?!\w|[.,:/%]\d)", _year, "d"),
]
