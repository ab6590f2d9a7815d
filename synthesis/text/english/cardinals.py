"""Numbers that count: signs, groups, decimals, thousands and millions by letter, and ranges."""

from __future__ import annotations

import re

from synthesis.text.english.context import NUMBER, attributive, numeric, speaks_of
from synthesis.text.english.numbers import cardinal, decimal, digits
from synthesis.text.scan import Scan, rule

SCALES = {"k": "thousand", "m": "million", "mm": "million", "mn": "million", "mln": "million", "mld": "billion", "mil": "million", "bn": "billion", "b": "billion",
          "tn": "trillion", "t": "trillion"}  # fmt: skip
_SMALL_K = frozenset("video tv display screen monitor resolution run race uhd content".split())
_OF_PICTURES = re.compile(
    r"\b(?:videos?|tvs?|fps|hdr|uhd|oled|resolution|streams?|streaming|cameras?|footage|netflix|projectors?)\b|1080p|60fps",
    re.I,
)
NUMBERED = frozenset(
    "sr cr us rwy rte rt route hwy highway room row apartment flat gate seat unit suite platform block exhibit exit section zone bay stand pier hall lot "
    "floor level locker aisle track terminal form schedule stop bus route stage apt booth table page lane runway gallery "
    "hangar ward wing house cabin berth coach car box pod dorm studio loft building class".split()
)
_BILLIONS = frozenset(
    "people parameter model in of to by per worth market valuation company deal fund budget market-cap more less "
    "stake merger takeover industry loan buyback cut".split()
)
_IN_A_SUM = re.compile(r"\s?[-+=*/^)]")
_DISTANCES = ("5", "8", "10", "15", "20")
_OF_RUNS = re.compile(
    r"\b(?:marathons?|5K|races?|ran|runs?|runners?|running|jog(?:ged|ging)?|parkrun)\b"
)
_COUNTED = ("year", "date", "time", "money", "decade", "ordinal")


def _minus(match: re.Match[str], scan: Scan) -> str | None:
    touching = scan.touches
    compared = touching is not None and scan.text[touching.end - 1] in "=<>≤≥≈≠×÷"
    if compared and match[0] in "-−":
        return "minus"
    if touching is not None and (
        touching.said[-1:].isalnum() or touching.said[-1:] in (")", "]", "-")
    ):
        return None
    if match[0] in "–—" and numeric(scan.token_before()):
        return None
    return {"+": "plus", "±": "plus or minus"}.get(match[0], "minus")


def _to(match: re.Match[str], scan: Scan) -> str | None:
    """A dash between two numbers: a range, unless it is spaced as a minus is."""
    before = scan.token_before()
    named = before is not None and scan.before().lower() in ("noon", "midnight")
    if before is None or not (numeric(before) or named):
        return None
    if match[0] == "—" and not named and not re.search(r"\d", scan.before()):
        return None  # "100W PD—$34.99"
    if re.match(r"\s\d+\s?=", scan.rest(match.end())):
        return "minus"
    coded = re.fullmatch(r"0\d{2,}", scan.before()) or re.match(r"0\d{2,}", scan.rest(match.end()))
    if scan.touches is not None and coded:
        return None  # groups of a number that names something
    if scan.touches is None and _is_score(match, scan):
        return "to"
    if scan.touches is None:
        if scan.rest(match.end(), 1).isspace() is False and match[0] == "-":
            return None
        if match[0] == "—" or (match[0] in "-−" and before.kind not in _COUNTED):
            return None
        if before.kind == "year" and "=" in scan.rest(match.end(), 12):
            return None
    return "to"


def _is_score(match: re.Match[str], scan: Scan) -> bool:
    """Whether a spaced dash stands between what two sides have: "Arsenal 2 - 0 Chelsea"."""
    sides = re.search(r"[A-Z][\w.']*\s\d{1,3}\s$", scan.text[max(0, scan.at - 24) : scan.at])
    return bool(sides and re.match(r"\s\d{1,3}\s[A-Z][a-z]", scan.rest(match.end())))


def _letter_to(match: re.Match[str], scan: Scan) -> str | None:
    """ "Fig. 2A–C"."""
    before = scan.touches
    written = scan.text[before.start : before.end] if before is not None else ""
    alone = match[0] == "–" and re.fullmatch("[A-Z]", written)  # "an A–Z guide"
    whole = written == "A" and scan.rest(match.end(), 1) == "Z"
    return "to" if alone or whole or re.search(r"\d[A-Z]$", written) else None


def _spaced_to(match: re.Match[str], scan: Scan) -> str | None:
    return _to(match, scan)


def _counts(scan: Scan, end: int) -> bool:
    """Whether what follows "7B" is counted in billions, and 7B no room or row."""
    following = scan.after(end)
    if scan.before().lower() in NUMBERED or not following.islower():
        return False
    many = following.endswith("s") and following not in (
        "is",
        "was",
        "has",
        "us",
        "as",
        "its",
        "this",
    )
    return many or following in _BILLIONS


def _with_scale(match: re.Match[str], scan: Scan) -> str | None:
    letter = match["scale"]
    if letter in "kK" and _IN_A_SUM.match(scan.text, match.end()) and "=" in scan.text:
        return f"{decimal(match['number'])} K"
    if letter == "K" and match["number"] in ("10", "14", "18", "22", "24"):
        following = scan.after(match.end())
        if following in ("gold", "white", "yellow", "rose", "solid"):
            return f"{decimal(match['number'])} karat"
        if following[:1].isupper():
            return f"{decimal(match['number'])} K"
    if letter == "K" and match["number"] in _DISTANCES and speaks_of(scan, _OF_RUNS):
        return f"{decimal(match['number'])} K"
    if letter == "K" and len(match["number"]) == 1:
        following = scan.after(match.end()).lower()
        if following in _SMALL_K or not following or speaks_of(scan, _OF_PICTURES):
            return f"{decimal(match['number'])} K"
    if (
        letter == "M"
        and match["number"] == "3"
        and not re.match(r"\s[a-z]+s\b|\s[a-z]{2}\b", scan.rest(match.end()))
    ):
        return "three M"  # the company
    if letter == "B" and "." not in match["number"] and not _counts(scan, match.end()):
        return None  # a flat or a row
    if letter in "mt" or (letter == "b" and "." not in match["number"]):
        return None  # metres and tonnes, or bits
    return f"{decimal(match['number'])} {SCALES[letter.lower()]}"


_OF_CURRENT = re.compile(
    r"\b(?:fuses?|breakers?|amps?|circuits?|draws?|currents?|chargers?|battery|volts?|watts?|outlet)\b|\d\s?[kV]?V\b"
)


def _amperes(match: re.Match[str], scan: Scan) -> str | None:
    """ "4.2A", "a 15A fuse"."""
    if "." not in match["number"] and not speaks_of(scan, _OF_CURRENT):
        return None
    single = match["number"] == "1" or attributive(scan, match.end())
    return f"{decimal(match['number'])} amp{'' if single else 's'}"


def _plus(match: re.Match[str], scan: Scan) -> str | None:
    """ "18+": a plus that follows a number or a letter and begins nothing."""
    return "plus" if scan.touches is not None and scan.touches.said[-1:].isalnum() else None


_MANY = "pounds|dollars|euros|people|users|views|followers|subscribers|copies|jobs|homes|viewers|downloads|years|fled|voted|died|watched|tuned|were|have|bpd|barrels"
FIRST = [
    rule(
        "cardinal",
        r"\d{1,3}(?:\.\d{3})*\.000(?![\d,]|\.\d)(?<=\d\.\d\d\d\.000)",  # "1.000.000"
        lambda match, scan: cardinal(match[0].replace(".", "")),
        "d",
        needs=".",
    ),
    rule(
        "cardinal",
        rf"(?P<number>{NUMBER})m(?=\s(?:{_MANY})\b)",
        lambda match, scan: f"{decimal(match['number'])} million",
        "d",
        needs="m",
    ),
    rule(
        "measure",
        rf"(?P<number>{NUMBER})\s?A(?!\w|-)",
        lambda match, scan: _amperes(match, scan),
        "d",
    ),
]
RULES = [
    rule("cardinal", r"[-−–+±](?=\.?\d|[$€£¥₹])", _minus, "s", first="-−–+±"),
    rule(
        "silent",
        r"-(?=,?\s(?:to|and|or)\s)",  # "20- to 30-minute"
        lambda match, scan: "" if scan.touches is not None and numeric(scan.touches) else None,
        "s",
        first="-",
    ),
    rule("range", r"A-Z(?!\w)", lambda match, scan: "A to Z", "u", first="A"),
    rule("range", r"[-–](?=[A-Z](?!\w))", _letter_to, "s", first="-–"),
    rule("range", r"[-–—−](?=[$€£¥₹]?\.?\d)", _to, "s", first="-–—−"),
    rule(
        "range",
        r"[-–—−](?=\s?[$€£¥₹]?\d|\s?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun|['’]\d\d|noon|midnight|present\b))",
        _spaced_to,
        "s",
        first="-–—−",
    ),
    rule(
        "cardinal",
        rf"(?P<number>{NUMBER})\s?(?P<scale>bn|mn|tn|mln|mld)\b|(?P<n2>(?!))",
        lambda m, s: f"{decimal(m['number'])} {SCALES[m['scale']]}",
        "d",
    ),
    rule(
        "cardinal", rf"(?P<number>{NUMBER})(?P<scale>[kKMBTb])(?![\w/]|-[A-Za-z])", _with_scale, "d"
    ),
    rule("maths", r"\+(?![\w+])", _plus, "s", first="+"),
]
LAST = [
    rule(
        "cardinal",
        r"(?P<whole>\d{1,3}),(?P<part>\d{1,2})(?=\s(?:million|billion|trillion|thousand|percent|per\scent)\b|\s?%)",
        lambda match, scan: decimal(f"{match['whole']}.{match['part']}"),
        "d",
        needs=",",
    ),
    rule(
        "digits",
        r"(?:\.{2,3}|…)(?P<last>\d{4})(?![\w.,])",  # the end of an account's number
        lambda match, scan: digits(match["last"]) if scan.touches is None else None,
        "s",
        first=".…",
    ),
    rule(
        "cardinal",
        r"(?P<whole>\d+)·(?P<part>\d+)(?![\d·]|\s?=)",  # as old books print the point
        lambda match, scan: decimal(f"{match['whole']}.{match['part']}"),
        "d",
        needs="·",
    ),
    rule("cardinal", NUMBER, lambda match, scan: decimal(match[0]), "d"),
    rule(
        "cardinal",
        r"\.\d+(?!\w|\.\w)",
        lambda match, scan: (
            f"point {cardinal_digits(match[0])}"
            if scan.touches is None
            or (scan.touches.kind not in ("word", "letters") and scan.text[scan.at - 1] != ".")
            else None
        ),
        "s",
        first=".",
    ),
]


def cardinal_digits(text: str) -> str:
    """The digits after a point."""
    return " ".join(cardinal(character) for character in text if character.isdecimal())
