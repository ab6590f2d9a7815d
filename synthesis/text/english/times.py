"""Times of day and lengths of time."""

from __future__ import annotations

import re

from synthesis.text.english.context import speaks_of
from synthesis.text.english.numbers import cardinal, year
from synthesis.text.scan import Scan, rule

_HALF = r"(?P<half>\s?(?:[aApP]\.\s?[mM]\.|[aApP]\.?[mM]\b)|(?<=:\d\d)[ap]\b)"


_OF_SHAPES = re.compile(r"\s(?:aspect|ratio|screens?|displays?|monitors?|odds|split|scale)\b")


def _letters(half: str | None) -> str:
    return " ".join(letter.upper() for letter in half or "" if letter.isalpha())


def clock(hour: int, minute: int, half: str | None = None, written: str = "") -> str:
    """ "five thirty P M"; hours by themselves are "five o'clock" or "nineteen hundred"."""
    letters = _letters(half)
    if minute == 0:
        if letters:
            return f"{cardinal(hour)} {letters}"
        if hour in (0, 24):
            return "midnight"
        if written.startswith("0"):
            return f"{cardinal(hour)} o'clock"
        return f"{cardinal(hour)} {'oʼclock'.replace('ʼ', chr(39)) if hour <= 12 else 'hundred'}"
    minutes = f"{'oh ' if minute < 10 else ''}{cardinal(minute)}"
    return f"{cardinal(hour)} {minutes} {letters}".strip()


_OF_RACES = re.compile(
    r"\b(?:runs?|ran|running|mi|miles?|km|pace|race|lap|time|track|swim|swam|row(?:ed)?|video|episode|podcast|song|audio|clip|finish(?:ed)?)\b",
    re.I,
)
_TIMED = frozenset(
    "timer countdown duration elapsed length stopwatch remaining left runtime".split()
)
_COUNTING = frozenset("in for under over lasts timer cooldown wait within".split())
_MIXED = frozenset("dilute diluted dilution mix mixed ratio scale proportion proportions".split())
_LASTED = frozenset(
    "in of at time to is was pace split clocked ran finished lap mark around under".split()
)


def _time(match: re.Match[str], scan: Scan) -> str | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    half = match["half"]
    if half and half.strip() in ("a", "p"):
        half += "m"
    raced = 24 < hour < 60 and minute < 60 and not half and len(match["minute"]) == 2
    if raced and speaks_of(scan, _OF_RACES):
        return f"{cardinal(hour)} {'oh ' if 0 < minute < 10 else ''}{cardinal(minute) if minute else 'minutes'}"
    if 24 < hour < 60 and minute < 60 and not half and scan.before().lower().strip(":") in _LASTED:
        return f"{cardinal(hour)} {'oh ' if 0 < minute < 10 else ''}{cardinal(minute) if minute else 'minutes'}"
    if not hour and not half and scan.before().lower() in _COUNTING:
        return _count(minute, "second")
    if not half and scan.before().lower() in _MIXED:
        return f"{cardinal(hour)} to {cardinal(minute)}"
    if not half and _OF_SHAPES.match(scan.text, match.end()):
        return f"{cardinal(hour)} to {cardinal(minute)}"
    if hour > 24 or minute > 59 or (half and hour > 12):
        return None
    return clock(hour, minute, half, match["hour"])


def _hour(match: re.Match[str], scan: Scan) -> str | None:
    hour = int(match["hour"])
    return clock(hour, 0, match["half"]) if 0 <= hour <= 12 else None


def _count(number: int, name: str) -> str:
    return f"{cardinal(number)} {name}{'' if number == 1 else 's'}"


def _with_seconds(match: re.Match[str], scan: Scan) -> str | None:
    """ "14:05:30" is a time of day, "1:02:33" a length of time."""
    hour, minute, second = (int(match[name]) for name in ("hour", "minute", "second"))
    if minute > 59 or second > 59:
        return None
    fraction = (
        f" point {' '.join(cardinal(c) for c in match['fraction'])}" if match["fraction"] else ""
    )
    of_day = len(match["hour"]) == 2 and hour <= 24 and scan.before() not in ("in", "of")
    if not hour and minute and scan.before().lower() != "at":
        of_day = False  # "00:03:27"
    if match["half"] or (of_day and scan.before().lower() not in _TIMED):
        day = clock(hour, minute, None, match["hour"]) if minute or hour else "midnight"
        return f"{day} and {cardinal(second)}{fraction} seconds {_letters(match['half'])}".strip()
    spoken = [_count(hour, "hour")] if hour else []
    spoken += [_count(minute, "minute")] if minute else []
    if spoken and not second and not fraction:
        return " ".join(spoken)
    if not spoken:
        return f"{cardinal(second)}{fraction} second{'' if second == 1 else 's'}"
    return f"{' '.join(spoken)} and {cardinal(second)}{fraction} second{'' if second == 1 else 's'}"


def _length(match: re.Match[str], scan: Scan) -> str | None:
    named = [
        (match["d"], "day"),
        (match["h"], "hour"),
        (match["m"], "minute"),
        (match["s"], "second"),
    ]
    given = [_count(int(number), name) for number, name in named if number]
    stop = "." if match[0].endswith(".") and not scan.rest(match.end(), 6).strip("\"') ") else ""
    return " ".join(given) + stop if len(given) > 1 else None


def _ratio(match: re.Match[str], scan: Scan) -> str | None:
    if len(match[0]) > 12:
        return f"{cardinal(match['a'])} to {cardinal(match['b'])}"
    if len(match["a"]) > 3 and re.fullmatch(r"(?:19|20)\d\d", match["b"]):
        return f"{cardinal(match['a'])}, {year(int(match['b']))}"  # a standard: "ISO 9001:2015"
    if match["b"].startswith("0") and len(match["b"]) > 1:
        return None
    return f"{cardinal(match['a'])} to {cardinal(match['b'])}"


def _clipped(match: re.Match[str], scan: Scan) -> str | None:
    """ "8a-6p"."""
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    return clock(hour, minute, match["half"] + "m") if hour <= 12 and minute < 60 else None


def _offset(match: re.Match[str], scan: Scan) -> str:
    """ "UTC+05:30": how far a zone is from Greenwich."""
    said = f"{' '.join(match['zone'])} {'plus' if match['sign'] == '+' else 'minus'} {cardinal(match['hour'])}"
    return f"{said} {cardinal(match['minute'])}" if int(match["minute"] or 0) else said


def _hundred_hours(match: re.Match[str], scan: Scan) -> str | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 24 or minute > 59:
        return None
    head = f"{'zero ' if match['hour'].startswith('0') else ''}{cardinal(hour)}"
    tail = "hundred" if not minute else f"{'oh ' if minute < 10 else ''}{cardinal(minute)}"
    return f"{head} {tail} hours"


_CLIPPED = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?P<half>[ap])"


def _left(match: re.Match[str], scan: Scan) -> str:
    """ "2:00 left", "0:34 to play": what a clock still shows."""
    minutes, seconds = int(match["minutes"]), int(match["seconds"])
    said = [_count(minutes, "minute")] if minutes else []
    said += [_count(seconds, "second")] if seconds or not minutes else []
    return " ".join(said)


_ZONES = r"(?:[ecmp][sd]t|gmt|utc|cest|[bij]st|cet|a[ecw][sd]t)(?!\w)\.?|(?:et|pt|ct)(?!\w|\sal\b)"


def _zone(match: re.Match[str], scan: Scan) -> str | None:
    """ "3pm pst": a zone in small letters behind a time of day."""
    before = scan.token_before()
    if before is None or scan.touches is not None:
        return None
    if scan.before().lower() in ("noon", "midnight"):
        return _letters(match[0])
    if before.kind != "time":
        return None
    if len(match[0]) == 2 and not before.said.endswith(" M"):
        return None
    if not before.said.endswith(" M") and ":" not in scan.before():
        return None
    stop = "." if match[0].endswith(".") and not scan.rest(match.end(), 6).strip() else ""
    return _letters(match[0]) + stop


RULES = [
    rule("time", _ZONES, _zone, "l", first="abcegijmpu"),
    rule(
        "time",
        r"(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?=\s(?:left|remaining|to\sgo|to\splay|on\sthe\sclock)\b)",
        _left,
        "d",
        needs=":",
    ),
    rule(
        "time",
        r"(?P<number>\d{1,3})(?P<unit>[dwy])(?=\s(?:ago|left|remaining|old)\b)",
        lambda match, scan: _count(
            int(match["number"]), {"d": "day", "w": "week", "y": "year"}[match["unit"]]
        ),
        "d",
        needs="dwy",
    ),
    rule(
        "time",
        r":(?P<seconds>\d\d)(?=\s(?:left|remaining|to\sgo|to\splay)\b)",
        lambda match, scan: _count(int(match["seconds"]), "second"),
        "s",
        first=":",
    ),
    rule(
        "time",
        r"(?P<zone>UTC|GMT)\s?(?P<sign>[-+−])(?P<hour>\d{1,2})(?::?(?P<minute>\d\d))?(?![\w:])",
        _offset,
        "u",
        first="UG",
    ),
    rule("time", _CLIPPED + r"(?=\s?[-–]\s?\d{1,2}(?::\d\d)?[ap]\b)", _clipped, "d", needs="ap"),
    rule("time", rf"(?:(?<=[ap][-–])|(?<=\d[-–])){_CLIPPED}\b", _clipped, "d", needs="ap"),
    rule(
        "time",
        rf"T?(?P<hour>\d{{1,2}}):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{{1,6}}))?(?:{_HALF})?Z?(?![\w:])",
        _with_seconds,
        "da",
        needs=":",
    ),
    rule("time", r"(?P<hour>[0-2]\d):?(?P<minute>[0-5]\d)\s(?:hours|hrs)\b", _hundred_hours, "d"),
    rule(
        "time",
        rf"T?(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?:{_HALF})?(?![:\d])(?:(?!\w)|(?=ish\b))",
        _time,
        "da",
        needs=":",
    ),
    rule("time", rf"(?P<hour>\d{{1,2}})[.](?P<minute>\d\d){_HALF}", _time, "d", needs="."),
    rule("time", rf"(?P<hour>\d{{1,2}})(?P<minute>){_HALF}", _hour, "d"),
    rule("time", r"(?P<hour>\d{1,2})h(?P<minute>\d\d)(?P<half>(?!))?(?!\w)", _time, "d", needs="h"),
    rule(
        "time",
        r"(?:(?P<d>\d{1,3})\s?d\s?(?=\d{1,2}\s?h))?(?:(?P<h>\d{1,3})\s?(?:h|hr|hrs)\.?\s?)?(?:(?P<m>\d{1,3})\s?(?:m|min|mins)\.?(?![A-Za-z_])\s?|(?<=h)(?P<_>))?(?:(?P<s>\d{1,3})\s?(?:s|sec|secs)\b\.?)?(?<!\s)(?!\w)",
        _length,
        "d",
    ),
    rule("cardinal", r"(?P<a>\d+):(?P<b>\d+)(?![\w:])", _ratio, "d", needs=":"),
]
