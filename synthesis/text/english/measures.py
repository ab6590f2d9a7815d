"""Quantities: a number and its unit, feet and inches, percentages, sizes of pictures."""

from __future__ import annotations

import re

from synthesis.text.english.cardinals import NUMBERED, SCALES
from synthesis.text.english.context import (
    NOT_NOUNS,
    NUMBER,
    OF_RATES,
    attributive,
    of_shares,
    speaks_of,
)
from synthesis.text.english.fractions import parts, with_article
from synthesis.text.english.numbers import cardinal, decimal, pairs, plural
from synthesis.text.english.plurals import is_plural
from synthesis.text.english.units import DIVISORS, DOTTED, LOOSE, UNITS, unit_name
from synthesis.text.scan import Scan, rule

POWER = r"(?:[²³]|\^[23](?!\d)|[23](?!\d|\.\d))?"
ANY = "|".join(re.escape(name) for name in sorted(UNITS, key=len, reverse=True))
_ONE = rf"(?:(?:sq|cu)\.?\s?|square\s|cubic\s)?(?:{ANY}){POWER}"
_UNDER = "|".join(re.escape(name) for name in sorted({*UNITS, *DIVISORS}, key=len, reverse=True))
_UNIT = rf"(?P<unit>{_ONE}(?:\s?/\s?(?:{_UNDER}){POWER}){{0,2}})(?![\w²³']|-\d)"
_DOTTED = "|".join(sorted(DOTTED, key=len, reverse=True))
_DOTTED_UNIT = rf"(?P<unit>(?:(?:sq|cu|fl)\.?[\s-]?)?(?:{_DOTTED}))\.(?=\s[a-z\d(=+]|\s[NSEW]\b|/[a-z]|\s?[,;:)—–-])"
LAST = rf"(?:(?:[-–]\s?|\s[-–]\s)(?P<last>{NUMBER}))?"
_SCALE = r"(?:\s?(?P<scale>million|billion|trillion|thousand)(?=\s))?"
_QUANTITY = rf"(?P<number>{NUMBER}){LAST}{_SCALE}(?P<gap>[ \u00a0-]?)"
_OF_GENES = re.compile(r"\b(?:DNA|RNA|genes?|genomes?|strands?|primers?|exons?|plasmids?)\b")
_OF_LINES = re.compile(
    r"\b(?:modems?|internet|bandwidth|baud|downloads?|uploads?|bits?|data|networks?|speeds?|connections?|links?)\b",
    re.I,
)
_OF_GEMS = re.compile(
    r"\b(?:diamonds?|gold|rings?|gems?|rub(?:y|ies)|emeralds?|sapphires?|jewel\w*|stones?|solitaire)\b",
    re.I,
)
_OF_PLAY = re.compile(
    r"\b(?:HP|XP|AoE|DPS|[Cc]ooldown|[Mm]ana|[Ss]pells?|[Ll]evels?|[Pp]otions?)\b"
)
_OF_SPACE = frozenset("radius range distance height depth length width reach altitude".split())
_OF_WAITING = re.compile(
    r"\b(?:prep|cook(?:ing)?|bake|wait|timer|duration|total time|time left|ago|remaining|left|delay|eta|uptime|runtime|session)\b",
    re.I,
)
_LONG = r"\s(?:wide|long|tall|deep|high|thick|by|x|in\sdiameter|across|apart)\b"
_PART_OF = r"(?:(?P<whole>\d{1,4})(?:[ -]|(?=[½⅓⅔¼¾⅛⅜⅝⅞])))?(?:(?P<top>\d{1,2})/(?P<bottom>\d{1,3})|(?P<sign>[½⅓⅔¼¾⅛⅜⅝⅞]))"
_SIGNS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅛": (1, 8),
          "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)}  # fmt: skip


def _measure(match: re.Match[str], scan: Scan) -> str | None:
    number, unit, last, gap = match["number"], match["unit"], match["last"], match["gap"]
    head = re.split(r"[/²³^ .\d]", unit)[0] or unit
    dotted = match[0].endswith(".")
    if not gap and (
        unit in LOOSE
        or (
            unit in ("W", "V", "L", "C", "K", "A", "F", "J", "N", "m", "g", "s", "h")
            and scan.before().lower() in NUMBERED
        )
    ):
        return None
    if unit in ("W", "N") and scan.before().lower().rstrip(".") in NUMBERED:
        return None
    if gap and unit in ("W", "N") and re.match(r"\.?\s[A-Z\d]", scan.rest(match.end(), 3)):
        return None  # a side of the town
    if unit == "ct" and not speaks_of(scan, _OF_GEMS):
        return f"{decimal(number)} count"
    if unit == "pp" and ("." in number or of_shares(scan)):
        return f"{decimal(number)} percentage point{'' if number == '1' else 's'}"
    if unit == "MP" and speaks_of(scan, _OF_PLAY):
        return None
    if unit == "bp" and speaks_of(scan, _OF_GENES):
        return None
    if unit == "bp":
        return f"{decimal(number)} basis point{'' if attributive(scan, match.end()) else 's'}"
    if unit == "bps" and (speaks_of(scan, OF_RATES) or not speaks_of(scan, _OF_LINES)):
        return f"{decimal(number)} basis point{'' if number == '1' or gap == '-' else 's'}"
    if (
        unit == "pt"
        and gap == "-"
        and scan.after(match.end()) not in ("jar", "jars", "glass", "bottle")
    ):
        return f"{decimal(number)} point"
    sized = scan.before().lower() in _OF_SPACE
    if unit == "m" and not gap and not last and not sized and speaks_of(scan, _OF_WAITING):
        return f"{decimal(number)} minute{'' if number == '1' else 's'}"
    if gap == "-" and (len(head) < 2 and not unit.startswith("°")):
        return None
    if unit == "in" and not dotted and not _is_inches(match, scan):
        return None
    if unit == "s" and not gap and scan.before() == "-" and scan.before(2).isalpha():
        return plural(cardinal(number))  # "the under-16s"
    if unit == "s" and not gap and is_plural(match, scan):
        return plural(cardinal(number))
    if (
        unit == "s"
        and not gap
        and number.endswith("0")
        and scan.before().lower() in ("the", "his", "her")
    ):
        return None
    single = (number == "1" and not last and not match["scale"]) or attributive(scan, match.end())
    name = unit_name(unit, single or gap == "-")
    if name is None:
        return None
    spoken = decimal(number) + (f" to {decimal(last)}" if last else "")
    if match["scale"]:
        spoken += f" {SCALES.get(match['scale'], match['scale'])}"
    return f"{spoken} {name}"


def _is_inches(match: re.Match[str], scan: Scan) -> bool:
    """Whether "in" without a point is a unit: glued, at the end, or before "wide" or "by"."""
    rest = scan.rest(match.end(), 14)
    if re.search(
        r"\d\s?(?:ft|foot|feet)\.?\s$", scan.text[max(0, match.start() - 10) : match.start()]
    ):
        return True
    return match["gap"] != " " or bool(re.match(rf"{_LONG}|\.?\s*$|[.]\s+[A-Z]", rest))


def _begins(scan: Scan) -> bool:
    """Whether nothing touches this place from before."""
    return scan.touches is None or not scan.touches.said[-1:].isalnum()


def _feet(match: re.Match[str], scan: Scan) -> str | None:
    feet, inches = match["feet"], match["inches"]
    if inches:
        half = " and a half" if match["half"] else ""
        return f"{cardinal(feet)} foot {decimal(inches)}{half}"
    scorer = re.search(r"\([A-Z][^()]{0,40}$", scan.text[max(0, scan.at - 48) : scan.at])
    if scorer and (scan.before()[:1].isupper() or scan.before().endswith("'")) and len(feet) < 4:
        return cardinal(feet)  # the minute of a goal
    spans = scan.touches is not None and scan.touches.kind == "range"
    if not spans and scan.text.count("'", max(0, scan.at - 200), scan.at) % 2:
        return None  # it closes a quotation
    return f"{cardinal(feet)} {'foot' if feet == '1' or attributive(scan, match.end()) else 'feet'}"


def _foot(match: re.Match[str], scan: Scan) -> str:
    return "foot" if attributive(scan, match.end()) or scan.after(match.end()).islower() else "feet"


def _stone(match: re.Match[str], scan: Scan) -> str:
    return f"{cardinal(match['stone'])} stone"


def _double_prime(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.text[max(0, scan.at - 400) : scan.at]
    if len(re.findall(r'(?<!\d)"', before)) % 2:
        return None  # it closes a quotation
    sign = match["sign"]
    noun = scan.after(match.end())
    single = (
        match["number"] == "1"
        or attributive(scan, match.end())
        or _shown(scan, match.end())
        or (noun.islower() and noun not in NOT_NOUNS | {"x"} and not noun.endswith(("ed", "ing")))
    )
    if not sign:
        return f"{decimal(match['number'])} {'inch' if single else 'inches'}"
    part = parts(*_SIGNS[sign])
    if match["number"]:
        part = f"{cardinal(match['number'])} and {with_article(part)}"
        return f"{part} {'inch' if single else 'inches'}"
    return f"{part} inch"


def _shown(scan: Scan, end: int) -> bool:
    """Whether a screen follows, whose size is said in the singular."""
    return bool(
        re.match(
            r"\s(?:(?:\d?[A-Z]\w*|\d{4}p)\s){0,3}(?:TV|HDTV|tablet|laptop|iPad|display|monitor|screen|panel)\b",
            scan.rest(end),
        )
    )


def _percent(match: re.Match[str], scan: Scan) -> str:
    last = f" to {decimal(match['last'])}" if match["last"] else ""
    return f"{decimal(match['number'])}{last} {'percent' if match['sign'] == '%' else 'per mille'}"


def _by(match: re.Match[str], scan: Scan) -> str | None:
    if match[0].startswith("0x"):
        return None  # hexadecimal
    first, second, third = match["a"], match["b"], match["c"]
    equation = re.match(r"\s?(?:=|is\b|equals\b)|\^|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]", scan.rest(match.end(), 8))
    if equation or (
        match["sign"] in "×✕"
        and match["gap"]
        and not third
        and not match["unit"]
        and len(second) < 4
    ):
        return f"{decimal(first)} times {decimal(second)}"
    if len(first) == 4 and len(second) in (3, 4) and not third and not match["unit"]:
        return f"{pairs(first)} by {pairs(second)}"
    said = f"{decimal(first)} by {decimal(second)}" + (f" by {decimal(third)}" if third else "")
    unit = (match["unit"] or "").strip().replace('"', "in").replace("'", "ft")
    name = unit_name(unit, attributive(scan, match.end())) if unit else ""
    return f"{said} {name}" if name else said


def _times(match: re.Match[str], scan: Scan) -> str | None:
    if match[0] == "4X" and scan.after(match.end()) in ("strategy", "game", "games", "genre"):
        return "four X"
    if match[0].endswith("X") and scan.before().lower() in NUMBERED:
        return None  # "Bus 7X"
    if match[0].endswith("X") and len(match["number"]) > 3:
        return None  # a model: "5600X"
    alone = "=" in scan.text and not scan.rest(match.end(), 2).strip(" .")
    if alone or re.match(r"\s?[-+=^]", scan.rest(match.end(), 2)) or scan.before() in ("=", "+"):
        return None  # an unknown quantity
    if match["number"] == "1" and scan.after(match.end())[:1].isupper():
        return "one"  # "1x Dragon Scale" of a list
    return f"{decimal(match['number'])} times"


def _part(match: re.Match[str], scan: Scan) -> str | None:
    top, bottom = (
        _SIGNS[match["sign"]] if match["sign"] else (int(match["top"]), int(match["bottom"]))
    )
    unit = match["unit"] or "in"
    one, many = unit_name(unit, True), unit_name(unit, False)
    if bottom % 10 == 0 and top % 10 == 0 and many and not match["whole"]:
        return f"{cardinal(top)} {cardinal(bottom)} {many}"  # "50/60 Hz"
    if top >= bottom or one is None or (match["unit"] == "in" and not _is_inches(match, scan)):
        return None
    part = parts(top, bottom)
    if match["whole"]:
        part = with_article(part)
        named = one if attributive(scan, match.end()) else many
        return f"{cardinal(match['whole'])} and {part} {named}"
    of = f"{'an' if one[0] in 'aeiou' or one == 'hour' else 'a'} {one}"
    return f"half {of}" if (top, bottom) == (1, 2) else f"{parts(top, bottom)} of {of}"


def _per_quantity(match: re.Match[str], scan: Scan) -> str | None:
    """ "250 mg/5 mL"."""
    if match["unit"] not in _DOSED or match["under"] not in _DOSES:
        return None
    over, under = (
        unit_name(match["unit"], match["number"] == "1"),
        unit_name(match["under"], match["per"] == "1"),
    )
    if over is None or under is None:
        return None
    return f"{decimal(match['number'])} {over} per {decimal(match['per'])} {under}"


_DOSED = frozenset("mg g mcg µg kg ml mL mmol kcal cal kJ km m mi gal l L".split())
_DOSES = frozenset("ml mL l L dl dL g kg h hr hrs min s sec secs d mi km".split())


def _across(match: re.Match[str], scan: Scan) -> str | None:
    """ "20 in. x 30 in.": an x between two sizes."""
    before = scan.token_before()
    return "by" if before is not None and before.kind == "measure" else None


FIRST = [
    rule(
        "measure",
        r"(?P<a>\d{1,3})'\s?[x×]\s?(?P<b>\d{1,3})'(?!\w)",
        lambda match, scan: (
            f"{cardinal(match['a'])} {_foot(match, scan)} by {cardinal(match['b'])} {_foot(match, scan)}"
        ),
        "d",
        needs="'",
    ),
    rule("measure", r"[x×](?=\s?\d)", _across, "as", first="x×"),
    rule(
        "measure",
        rf"(?P<number>{NUMBER})\s?(?P<unit>{ANY})\s?/\s?(?P<per>{NUMBER})\s?(?P<under>{ANY})(?![\w/²³'])",
        _per_quantity,
        "d",
    ),
    rule(
        "measure",
        r"(?P<minute>\d{2,3})\+(?P<more>\d{1,2})(?:'|(?=\smin))",  # of a match
        lambda match, scan: f"{cardinal(match['minute'])} plus {cardinal(match['more'])}",
        "d",
        needs="+",
    ),
    rule(
        "measure",
        r"(?P<feet>\d{1,3})'\s?(?:(?P<inches>\d{1,2}(?:\.\d)?)[ ]?(?P<half>½)?(?:\"|''))(?!\w)",
        _feet,
        "d",
        needs="'",
    ),
    rule(
        "measure",
        r"(?P<feet>[3-7])'(?P<half>)(?P<inches>1[01]|\d)(?![\w\"':.]|,\d)",
        _feet,
        "d",
        first="34567",
        needs="'",
    ),
    rule(
        "measure",
        r"(?P<feet>\d{1,3}(?:,\d{3})?|\d{4,5})'(?P<inches>)(?P<half>)(?=[\s,.;)]|[-–]\d|$)",
        _feet,
        "d",
        needs="'",
    ),
    rule(
        "measure",
        rf"(?P<number>\d{{1,3}}(?:\.\d+)?)?(?P<sign>[{''.join(_SIGNS)}])?(?<=[^\"\s])\"(?!\w)",
        _double_prime,
        "ds",
        first="0123456789" + "".join(_SIGNS),
        needs='"',
    ),
    rule("measure", rf"(?P<number>{NUMBER}){LAST}\s?(?P<sign>[%‰])", _percent, "d"),
    rule(
        "measure",
        rf"(?P<a>{NUMBER})(?P<gap>\s?)(?P<sign>[x×✕X])\s?(?P<b>{NUMBER})(?:\s?[x×✕X]\s?(?P<c>{NUMBER}))?(?P<unit>\s?(?:(?:mm|cm|km|m|in|ft|mi|yd)[23²³]?|px|mins?|secs?)\b|[\"'](?!\w))?(?!\w)",
        _by,
        "d",
    ),
    rule(
        "measure",
        _PART_OF + r"(?P<gap>[ -]?)" + _DOTTED_UNIT,
        _part,
        "ds",
        first="0123456789½⅓⅔¼¾⅛⅜⅝⅞",
    ),
    rule(
        "measure",
        _PART_OF + r"(?P<gap>[ -]?)(?:(?P<mark>\")(?!\w)|" + _UNIT + ")",
        _part,
        "ds",
        first="0123456789½⅓⅔¼¾⅛⅜⅝⅞",
    ),
]
RULES = [
    rule(
        "measure",
        r"(?P<number>\d{2,3})#(?=\s[a-z])",  # as a nurse or a butcher writes pounds
        lambda match, scan: (
            f"{cardinal(match['number'])} pound" + ("" if attributive(scan, match.end()) else "s")
        ),
        "d",
        needs="#",
    ),
    rule(
        "measure",
        rf"(?P<whole>\d{{1,3}}),(?P<part>\d{{1,2}})\s?{_UNIT}",  # a comma as elsewhere in the world
        lambda match, scan: (
            f"{decimal(match['whole'] + '.' + match['part'])} {name}"
            if len(match["unit"]) > 1 and (name := unit_name(match["unit"], False))
            else None
        ),
        "d",
        needs=",",
    ),
    rule("measure", _QUANTITY + _DOTTED_UNIT, _measure, "d"),
    rule("measure", _QUANTITY + _UNIT, _measure, "d"),
    rule(
        "measure",
        rf"(?P<number>\.\d{{1,6}})(?P<last>(?!))?(?P<scale>(?!))?(?P<gap>[ -]?){_UNIT}",
        lambda match, scan: _measure(match, scan) if _begins(scan) else None,
        "s",
        first=".",
    ),
    rule(
        "measure",
        r"(?P<stone>\d{1,2})\s?st\.?(?=\s\d{1,2}\s?(?:lbs?|pounds)\b)",
        _stone,
        "d",
        needs="s0123456789",
    ),
    rule("measure", rf"(?P<number>{NUMBER})[xX×](?!\w)", _times, "d", needs="xX×"),
    rule(
        "measure",
        r"(?P<number>\d{3,4})(?P<letter>[pi])(?P<rate>\d{2,3})?(?!\w)",
        lambda match, scan: (
            f"{pairs(match['number'])} {match['letter'].upper()}"
            + (f" {cardinal(match['rate'])}" if match["rate"] else "")
        ),
        "d",
        needs="pi",
    ),
]
