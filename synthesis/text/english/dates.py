"""Dates in every order, and the short names of months and days."""

from __future__ import annotations

import re

from synthesis.text.english.context import MONTHS
from synthesis.text.english.fractions import day_of_month, month_and_day
from synthesis.text.english.numbers import cardinal, ordinal, year
from synthesis.text.scan import Scan, rule

_MONTH = (
    r"(?P<month>(?i:January|February|March|April|May|June|July|August|September|October|November|"
    r"December|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?))"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[12]\d{3})(?![\w/]|[.,:]\d)"
_DAYS = {
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "weds": "Wednesday",
    "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday", "fri": "Friday",
    "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip


_VERBS = frozenset(("may", "march", "mar"))  # in small letters they need a reason to be months
_BEFORE_DATES = frozenset(
    "on by since until till from due before after in of early late mid this last next the and to".split()
)


def _is_verb(match: re.Match[str], scan: Scan) -> bool:
    """Whether "may" or "march" in small letters is no month here."""
    if match["month"].rstrip(".") not in _VERBS or match.groupdict().get("year"):
        return False
    day_first = match.start("day") < match.start("month")
    ordinal_day = match[0][match.end("day") - match.start() :][:2] in ("st", "nd", "rd", "th")
    return not (ordinal_day or day_first or scan.before().lower() in _BEFORE_DATES)


_SECTIONS = frozenset(  # what has numbers with points in them
    "section sections sec figure fig clause article chapter version release paragraph para table rule part item "
    "exercise ex build firmware appendix step requirement heading example lesson unit".split()
)
_SHORT_DAY = r"(?:Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)"


_LETTER_DAYS = {
    "M": "Monday", "Mo": "Monday", "Tu": "Tuesday", "W": "Wednesday", "We": "Wednesday", "Th": "Thursday",
    "F": "Friday", "Fr": "Friday", "Sa": "Saturday", "Sat": "Saturday", "Su": "Sunday", "Sun": "Sunday",
}  # fmt: skip


def month_name(short: str) -> str:
    """The whole name of a month by its first letters."""
    start = short[:3].lower()
    return next(month for month in MONTHS if month.lower().startswith(start))


def short_year(written: str) -> str:
    """A year by its last two digits, of the hundred years around the millennium."""
    if len(written) == 2:
        return year(2000 + int(written) if int(written) < 40 else 1900 + int(written))
    return year(int(written))


def _valid(day: str) -> bool:
    return 1 <= int(day) <= 31


def _named(match: re.Match[str], scan: Scan) -> str | None:
    groups = match.groupdict()
    if not _valid(match["day"]) or _is_verb(match, scan):
        return None
    said = f"{month_name(match['month'])} {ordinal(match['day'])}"
    if groups.get("last"):
        said += f" to {ordinal(match['last'])}"
    if groups.get("year"):
        said += f", {year(int(match['year']))}"
    return said


def _hyphened(match: re.Match[str], scan: Scan) -> str | None:
    """ "Jan-15", "15-Jan-24"; what can be no day is a year: "Dec-99"."""
    if scan.touches is not None or _is_verb(match, scan):
        return None
    month, day, written_year = month_name(match["month"]), match["day"], match["year"]
    if not written_year and match.start("month") < match.start("day") and int(day) > 31:
        return f"{month} {short_year(day)}"
    if not _valid(day):
        return None
    said = day_of_month(MONTHS.index(month) + 1, int(day), scan)
    stop = "." if match[0].endswith(".") and not scan.rest(match.end(), 6).strip("\"') ") else ""
    return (f"{said}, {short_year(written_year)}" if written_year else said) + stop


def _day_first(match: re.Match[str], scan: Scan) -> str | None:
    groups = match.groupdict()
    if not _valid(match["day"]):
        return None
    month = month_name(match["month"])
    said_year = f", {year(int(match['year']))}" if groups.get("year") else ""
    if groups.get("last"):
        return f"{ordinal(match['day'])} to {ordinal(match['last'])} of {month}{said_year}"
    if groups.get("of") or scan.before().lower() == "the":
        return f"{ordinal(match['day'])} of {month}{said_year}"
    if scan.variant == "en-GB":
        the = "" if scan.before().lower() == "the" else "the "
        return f"{the}{ordinal(match['day'])} of {month}{said_year}"
    return f"{month} {ordinal(match['day'])}{said_year}"


def _month_and_year(match: re.Match[str], scan: Scan) -> str:
    joint = " to " if match["joint"] else " "
    return (
        f"{month_name(match['month'])}{joint if match['joint'] else ' '}{year(int(match['year']))}"
    )


def _numbers(match: re.Match[str], scan: Scan) -> str | None:
    """Three numbers with the year first or last."""
    first, second, third = match["one"], match["two"], match["three"]
    mark = match["mark"]
    if first == second == third or scan.after(match.end()) in (
        "fertilizer",
        "mix",
        "blend",
        "formula",
    ):
        return None  # "10-10-10 fertilizer"
    if mark == "." and scan.before().lower().rstrip(".") in _SECTIONS:
        return None
    if not mark and scan.before().lower() in ("number", "no", "#", "id", "code", "order"):
        return None
    if len(first) == 4:
        month, day, written_year = int(second), int(third), first
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        return f"{day_of_month(month, day, scan)}, {year(int(written_year))}"
    if len(third) not in (2, 4) or (mark == "." and len(third) == 2 and len(second) < 2):
        return None
    variant = "en-GB" if mark == "." else scan.variant
    date = month_and_day(int(first), int(second), variant, scan)
    return f"{date}, {short_year(third)}" if date else None


def _weekdays(match: re.Match[str], scan: Scan) -> str:
    """ "Mon/Wed/Fri": days in a row, not from one to another."""
    return " ".join(_DAYS[day.lower()] for day in re.findall(r"[A-Za-z]+", match[0]))


def _among_days(scan: Scan) -> bool:
    """Whether the last word of a list of days comes: "Mon, Wed & Fri"."""
    joint = scan.before().lower() in ("&", "and", "or", "to", "thru", "through", "/", "-", "–")
    before = scan.token_before(2 if joint else 1)
    return (
        before is not None
        and before.kind == "date"
        and scan.text[before.start : before.start + 3]
        in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        and before.end - before.start < 7
    )


def _weekday(match: re.Match[str], scan: Scan) -> str | None:
    if match["day"] == "Sun" and scan.before().lower() == "the" and not scan.after(match.end()):
        return None  # the star
    return _DAYS[match["day"].lower()] + ("," if match["comma"] else "")


def _span_of_days(match: re.Match[str], scan: Scan) -> str | None:
    """ "M-F", "Sa–Su"."""
    first, last = match["first"], match["last"]
    if len(first + last) == 2 and first + last not in ("MF", "WF"):
        return None
    return f"{_LETTER_DAYS[first]} to {_LETTER_DAYS[last]}"


def _year_and_month(match: re.Match[str], scan: Scan) -> str | None:
    """ "2025-06" is June, "2008-09" two years."""
    if int(match["month"]) > int(match["year"][2:]):
        return None
    return f"{MONTHS[int(match['month']) - 1]} {year(int(match['year']))}"


_BEFORE_PARTS = frozenset(
    "in for during of since from until till by to through into over throughout than versus vs".split()
)
_OF_RESULTS = frozenset(
    "earnings results revenue revenues sales guidance report reports numbers profit profits growth data gdp "
    "eps figures performance".split()
)


def _quarter_first(match: re.Match[str], scan: Scan) -> str:
    part = "quarter" if match["letter"] == "Q" else "half"
    said = f"{ordinal(match['number'])} {part} of {short_year(match['year'])}"
    attributed = scan.after(match.end()).lower() in _OF_RESULTS
    earlier = scan.token_before(2)
    listed = scan.before() in ("and", "or") and earlier and earlier.said.startswith("the ")
    alone = (scan.before().lower().rstrip(".") in _BEFORE_PARTS or listed) and not attributed
    return f"the {said}" if alone else said


def _quarter(match: re.Match[str], scan: Scan) -> str:
    return f"{match['letter']} {cardinal(match['number'])} {short_year(match['year'])}"


RULES = [
    rule(
        "date",
        r"(?P<one>(?:19|20)\d\d)(?P<mark>)(?P<two>0[1-9]|1[0-2])(?P<three>0[1-9]|[12]\d|3[01])(?![\w-]|[.,]\d)",
        _numbers,
        "d",
        first="12",
    ),
    rule(
        "date",
        r"(?P<one>\d{4})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<three>\d{1,2})(?=T\d\d:|\b)(?![-/]\d)",
        _numbers,
        "d",
        needs="-/.",
    ),
    rule(
        "date",
        r"(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<three>\d{4}|\d{2})(?![\w/]|[-.,]\d)",
        _numbers,
        "d",
        needs="-/.",
    ),
    rule(
        "date",
        rf"{_MONTH}(?:\s|-(?=\d\d?-\d{{4}})){_DAY}(?:\s?[-–]\s?(?P<last>[0-3]?\d)(?:st|nd|rd|th)?)?(?![\w:]|/(?![A-Z])|[.]\d|-\d(?!\d{{3}}(?!\d)))(?:(?:,?\s|,|-){_YEAR})?",
        _named,
        "a",
        first="JFMASONDjfmasond",
    ),
    rule(
        "date",
        rf"{_DAY}(?:\s?[-–/]\s?(?P<last>[0-3]?\d)(?:st|nd|rd|th)?)?\s(?P<of>of\s)?{_MONTH}(?!\w)(?:(?:,?\s|,){_YEAR})?",
        _day_first,
        "d",
    ),
    rule("date", rf"{_DAY}-{_MONTH}-(?P<year>\d{{4}})(?!\w)", _day_first, "d", needs="-"),
    rule(
        "date",
        rf"(?P<day>[0-3]?\d)-{_MONTH}(?:-(?P<year>\d\d))?(?![\w-])",
        _hyphened,
        "d",
        needs="-",
    ),
    rule(
        "date",
        rf"{_MONTH}-(?P<day>\d\d?)(?:-(?P<year>\d\d))?(?![\w%-]|[.,:/]\d)",
        _hyphened,
        "a",
        first="JFMASONDjfmasond",
        needs="-",
    ),
    rule(
        "date",
        rf"{_MONTH}(?P<joint>)(?:,?\sof)?,?\s{_YEAR}",
        _month_and_year,
        "a",
        first="JFMASONDjfmasond",
    ),
    rule(  # "Aug. '24"; behind a dash the first month was read without its year
        "date",
        rf"{_MONTH}\s['’](?P<year>\d\d)(?!\w)",
        lambda match, scan: (
            None if scan.touches else f"{month_name(match['month'])} {short_year(match['year'])}"
        ),
        "a",
        first="JFMASOND",
    ),
    rule(
        "date",
        r"(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])(?![\w/%-]|[.,:]\d)",
        _year_and_month,
        "d",
        first="12",
        needs="-",
    ),
    rule(
        "date",
        r"(?P<month>0?[1-9]|1[0-2])/(?P<year>(?:19|20)\d\d)(?![\w/%]|[.,:]\d)",
        lambda match, scan: f"{MONTHS[int(match['month']) - 1]} {year(int(match['year']))}",
        "d",
        needs="/",
    ),
    rule(
        "date",
        r"(?P<first>Mo?|Tu|We?|Th|Fr?|Sa)[-–](?P<last>Th|Fr?|Sat|Sun?|Sa|Tu|We)(?![\w-]|\.\w)",
        _span_of_days,
        "u",
        first="MTWFS",
    ),
    rule(
        "date",
        r"(?P<number>[1-4])(?P<letter>[QH])\s?'?(?P<year>(?:20)?\d\d)(?![\w%]|[.,]\d)",
        _quarter_first,
        "d",
        first="1234",
    ),
    rule(
        "date",
        rf"{_SHORT_DAY}(?:/{_SHORT_DAY}){{1,6}}(?![\w/])|{_SHORT_DAY}(?:-{_SHORT_DAY}){{2,6}}(?![\w-])",
        _weekdays,
        "a",
        first="MTWFS",
    ),
    rule(
        "date",
        r"(?P<day>Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)\b(?:\.(?P<comma>,)?|(?P<comma3>)(?=,?\s(?:(?:&|and|or|to|thru|through)\s)?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|rs?)?\b)|(?P<comma2>)(?=\s?,?\s{1,3}(?:\d|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|\s?[-–]\s?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b))",
        _weekday,
        "a",
        first="MTWFS",
    ),
    rule(
        "date",
        r"(?<=[-–])(?P<day>Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)\b(?P<comma>)",
        _weekday,
        "a",
        first="MTWFS",
    ),
    rule(
        "date",
        r"(?P<day>Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)\b(?P<comma>)",
        lambda match, scan: _weekday(match, scan) if _among_days(scan) else None,
        "a",
        first="MTWFS",
    ),
    rule(
        "date",
        r"(Jan|Feb|Apr|Aug|Sept|Sep|Oct|Nov|Dec)\.(?!\w)|(Mar|Jun|Jul)\.(?=\s?[-–,/]|\s[a-z])"
        r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)(?=\s?[-–]\s?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
        r"|(?<=[-–])(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)(?!\w)",
        lambda m, s: month_name(m[0]),
        "a",
        first="JFMASOND",
    ),
    rule(
        "date",
        r"(?P<letter>[QH])(?P<number>[1-4])(?:\s|['-])(?P<year>(?:19|20)?\d\d)(?![\w%]|[.,]\d)",
        _quarter,
        "a",
        first="QH",
    ),
]
