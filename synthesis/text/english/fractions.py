"""Parts of a whole, scores, and the phrases that look like them."""

from __future__ import annotations

import re
import unicodedata

from synthesis.text.english.context import GROUPED, MONTHS, speaks_of
from synthesis.text.english.numbers import cardinal, decimal, ordinal, pairs, plain, plural, year
from synthesis.text.scan import Scan, rule

_PHRASES = {
    "24/7": "twenty-four seven",
    "24x7": "twenty-four seven",
    "24/7/365": "twenty-four seven three sixty-five",
    "9/11": "nine eleven",
    "7/11": "seven eleven",
    "50/50": "fifty-fifty",
    "50-50": "fifty-fifty",
    "90/10": "ninety ten",
    "20/20": "twenty twenty",
    "20-20": "twenty twenty",
    "60/40": "sixty forty",
    "80/20": "eighty twenty",
    "70/30": "seventy thirty",
    "401(k)": "four oh one K",
    "401k": "four oh one K",
}
_SLASHES = r"[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]"
_OTHER_PARTS = re.compile(r"(?<![\d/])[1-9]/(?!10{1,2}\b)\d{1,2}(?![\d/])")
_OF_DAYS = re.compile(
    r"\b(?:dates?|birthday|b-day|deadline|today|tomorrow|due|appointment|holiday|meeting|exam|party|wedding|game|it)\b",
    re.I,
)
_OF_CRICKET = re.compile(r"\b(?:wkts?|wickets?|overs|ov|cricket|declared)\b")
_OF_ODDS = re.compile(r"\b(?:odds|bookies|bookmakers?|bookmaker's)\b", re.I)
_NATURAL = frozenset((2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 32, 64, 100, 128, 1000))
_DATED = frozenset(
    "date dated ex-date expires exp received arriving departing on by due from since until till before after dated starting ending through is was "
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday".split()
)
_PROGRESS = frozenset(
    "mag ammo parcel box package clip lap page step part level round quest episode slide hp mp xp mana health stamina shield score "
    "chapter question game match wave stage phase track disc item mission task lesson frame photo "
    "image file copy issue volume heat set inning down progress attempt".split()
)
_COUNTED = frozenset(
    "tasks items steps players lives questions answers correct passed lessons files seats "
    "slots badges levels stages episodes chapters games".split()
)
_RATED = frozenset(
    "rated rating ratings scored score scores gave got stars star review mark grade graded".split()
)
_NAMES = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def parts(top: int, bottom: int) -> str:
    """ "two thirds" of 2 and 3."""
    one, many = _NAMES.get(bottom) or (ordinal(bottom), plural(ordinal(bottom)))
    return f"{cardinal(top)} {one if top == 1 else many}"


def with_article(part: str) -> str:
    """ "a third" of "one third", "an eighth" of "one eighth"; other parts as they are."""
    if not part.startswith("one "):
        return part
    return ("an " if part.startswith(("one eigh", "one elev")) else "a ") + part[4:]


def _sign(sign: str) -> tuple[int, int]:
    top, _, bottom = unicodedata.normalize("NFKC", sign).partition("⁄")
    return int(top), int(bottom)


def _after(whole: str | None, top: int, bottom: int) -> str:
    if not whole:
        return parts(top, bottom)
    return f"{cardinal(whole)} and {with_article(parts(top, bottom))}"


_HALVES = frozenset("price off time marathon way term board".split())
_HALVES_OF = frozenset("hour day mile pint dozen".split())


def _mixed_sign(match: re.Match[str], scan: Scan) -> str:
    if match[0] == "½" and scan.after(match.end()) in _HALVES:
        return "half"
    if match[0] == "½" and scan.after(match.end()) in _HALVES_OF:
        return "half" if scan.before().lower() in ("a", "the", "every", "another") else "half a"
    return _after(match["whole"], *_sign(match["sign"]))


def _mixed(match: re.Match[str], scan: Scan) -> str | None:
    top, bottom = int(match["top"]), int(match["bottom"])
    if top >= bottom or bottom not in _NATURAL:
        return None
    return _after(match["whole"], top, bottom)


def month_and_day(first: int, second: int, variant: str, scan: Scan) -> str | None:
    """A date of two numbers in the order of the variant, said as where the text is read."""
    month, day = (second, first) if variant == "en-GB" and second <= 12 else (first, second)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return day_of_month(month, day, scan)


def day_of_month(month: int, day: int, scan: Scan) -> str:
    """ "May first", in Britain "the first of May"."""
    if scan.variant != "en-GB":
        return f"{MONTHS[month - 1]} {ordinal(day)}"
    the = "" if scan.before().lower() == "the" else "the "
    return f"{the}{ordinal(day)} of {MONTHS[month - 1]}"


def _pair(match: re.Match[str], scan: Scan) -> str | None:
    if len(match[0]) > 12:
        return f"{cardinal(match['top'])} over {cardinal(match['bottom'])}"
    top, bottom = int(match["top"]), int(match["bottom"])
    if bottom and bottom < 12 and not match["ending"] and speaks_of(scan, _OF_ODDS):
        return f"{cardinal(top)} to {cardinal(bottom)}"
    if top > bottom and 0 < bottom <= 10 and speaks_of(scan, _OF_CRICKET):
        return f"{cardinal(top)} for {cardinal(bottom)}"
    if match["ending"] and bottom > 1:
        many = (
            top == 1 and match["ending"].endswith("s") and scan.before().lower() in ("in", "into")
        )
        return plural(ordinal(bottom)) if many else parts(top, bottom)
    spaced = " " in match[0]
    if not spaced and all(
        re.fullmatch(r"1[5-9]\d\d|20\d\d", match[name]) for name in ("top", "bottom")
    ):
        return f"{year(top)} {year(bottom)}"
    before, following = scan.before().lower().rstrip("."), scan.after(match.end()).lower()
    date = month_and_day(top, bottom, scan.variant, scan)
    proper = top < bottom and bottom in _NATURAL
    equation = re.match(r"\s*[=+×÷*<>]|\s[-−]\s\d", scan.rest(match.end(), 5)) or before in (
        "=",
        "+",
        "*",
        "×",
    )
    if equation and proper and before not in ("=", "+", "*", "×"):
        return parts(top, bottom)
    if equation and not (proper and before):
        return f"{cardinal(top)} divided by {cardinal(bottom)}" if bottom else None
    if _counts_up(match, scan, top, bottom):
        return f"{cardinal(top)} of {cardinal(bottom)}"
    if date and re.match(r"\s?(?:@|at|from)\s?\d", scan.rest(match.end())):
        return date
    natural = bottom in _NATURAL and bottom > 1
    if before == "exp" and 0 < top <= 12 and len(match["bottom"]) == 2 and bottom >= 20:
        return f"{MONTHS[top - 1]} {year(2000 + bottom)}"
    if before == "is" and natural and top < bottom and not speaks_of(scan, _OF_DAYS):
        return parts(top, bottom)  # "The answer is 3/8."
    if date and _after_a_date(scan):
        return date
    if date and len(match["top"]) <= 2 and len(match["bottom"]) <= 2 and following != "of":
        leading = match["top"].startswith("0") or match["bottom"].startswith("0")
        if before in _DATED or leading or not natural or _month_like(top, bottom):
            return date
    if before in _RATED and bottom in (5, 10, 20, 50, 100):
        return f"{cardinal(top)} out of {cardinal(bottom)}"
    among = bottom == 10 and speaks_of(scan, _OTHER_PARTS)
    if (
        bottom in (10, 100)
        and not among
        and following not in ("of", "majority", "inch", "mile", "cup")
    ):
        return f"{cardinal(top)} out of {cardinal(bottom)}"
    if top == bottom and bottom:
        return f"{cardinal(top)} out of {cardinal(bottom)}"
    if natural and (top < bottom or bottom <= 16):
        return parts(top, bottom)
    return f"{cardinal(top)} over {cardinal(bottom)}"


def _after_a_date(scan: Scan) -> bool:
    """Whether a dash from a date leads here: the second of "12/24–1/2"."""
    if len(scan.tokens) < 2 or scan.tokens[-1].kind != "range":
        return False
    return scan.tokens[-2].said.split(" ")[0] in MONTHS


def _grouped_pair(match: re.Match[str], scan: Scan) -> str | None:
    """ "1,250/2,000": how much there is of what there may be."""
    top, bottom = match["top"], match["bottom"]
    if int(plain(top)) > int(plain(bottom)):
        return f"{cardinal(top)} over {cardinal(bottom)}"
    of = "of" if scan.before().lower().rstrip(".") in _PROGRESS else "out of"
    return f"{cardinal(top)} {of} {cardinal(bottom)}"


def _counts_up(match: re.Match[str], scan: Scan, top: int, bottom: int) -> bool:
    """Whether a pair tells how far something has come: "page 3/56", "HP: 45/60", "(2/5)"."""
    if top > bottom or not bottom:
        return False
    bracketed = (
        scan.text[max(0, scan.at - 1) : scan.at] in tuple("([")
        and scan.text[match.end() : match.end() + 1] in tuple(")]")
        and scan.token_before() is not None
        and scan.before().lower().rstrip(".") not in _DATED
        and not _month_like(top, bottom)
    )
    counted = scan.after(match.end()).lower() in _COUNTED
    return scan.before().lower().rstrip(".") in _PROGRESS or bracketed or counted


def _month_like(top: int, bottom: int) -> bool:
    """Whether a pair that could be a fraction is nearly always a date: "12/25", "10/31"."""
    return top <= 12 and bottom > 12 and bottom not in (16, 64, 100)


def _phrase(match: re.Match[str], scan: Scan) -> str | None:
    phrase = plain_phrase(match[0])
    said = _PHRASES.get(phrase.removesuffix("s"))
    return f"{said}'s" if said and phrase.endswith("s") else said


def plain_phrase(text: str) -> str:
    """As the table of phrases has it."""
    return text.replace(" ", "").lower()


FIRST = [
    rule(
        "fraction",
        r"(?P<a>\d0)[-–/](?P<b>\d0)(?=\s(?:split|chance|odds|shot|mix|blend|decision|rule|principle|ratio)\b)",
        lambda match, scan: f"{cardinal(match['a'])} {cardinal(match['b'])}",
        "d",
        needs="-–/",
    ),
    rule(
        "fraction",
        r"(?P<a>\d{1,2})/(?P<b>2|4|8|16)(?=\s(?:time|meter|metre|waltz|beat|signature|rhythm)\b)",
        lambda match, scan: f"{cardinal(match['a'])} {cardinal(match['b'])}",
        "d",
        needs="/",
    ),
    rule(
        "fraction",
        r"(?:24/7/365|24/7|24x7|9/11|7/11|50[/-]50|20[/-]20|(?:60/40|80/20|70/30|90/10)|401\(?k\)?s?)(?![\w/-])",
        _phrase,
        "d",
        re.I,
        needs="/-4",
    ),
]
RULES = [
    rule(
        "fraction",
        rf"(?:(?P<whole>\d+)[ ]?)?(?P<sign>{_SLASHES})",
        _mixed_sign,
        "ds",
        first="0123456789½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒",
    ),
    rule(
        "fraction",
        r"(?P<whole>\d{1,4})[ -](?P<top>\d{1,2})/(?P<bottom>\d{1,3})(?![\w/])",
        _mixed,
        "d",
    ),
    rule(
        "fraction",
        r"\d{1,6}(?:/\d{1,6}){2,5}(?![\w/%]|\.\d)",  # "41/10/8"
        lambda match, scan: ", ".join(pairs(each) for each in match[0].split("/")),
        "d",
        needs="/",
    ),
    rule(
        "fraction",
        r"(?P<top>\d{1,3}\.\d{1,2})\s?/\s?(?P<bottom>\d{1,3}(?:\.\d)?)(?![\w/%]|\.\d)",  # a mark
        lambda match, scan: f"{decimal(match['top'])} out of {decimal(match['bottom'])}",
        "d",
        needs="/",
    ),
    rule(
        "fraction",
        r"(?P<top>\d{1,3})/(?P<bottom>[a-cknprtxyz]|f(?=\s(?:noise|fluctuation|spectr)))(?![\w/])",
        lambda match, scan: f"{cardinal(match['top'])} over {match['bottom'].upper()}",
        "d",
        needs="/",
    ),
    rule(
        "fraction",
        rf"(?P<top>{GROUPED}|\d+)\s?/\s?(?P<bottom>{GROUPED})(?![\w/%]|\.\d)",
        _grouped_pair,
        "d",
        needs=",",
    ),
    rule(
        "fraction",
        r"(?P<top>\d+)\s?/\s?(?P<bottom>\d+)(?P<ending>ths?|rds?|n?ds?|sts?)?(?![\w/%]|\.\d)",
        _pair,
        "d",
    ),
]

__all__ = ["RULES", "day_of_month", "month_and_day", "parts", "plain"]
