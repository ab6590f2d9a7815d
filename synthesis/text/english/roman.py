"""Roman numerals: of monarchs, wars, chapters and centuries, but not of vitamins and CDs."""

from __future__ import annotations

import re

from synthesis.text.english.numbers import cardinal, ordinal, year
from synthesis.text.scan import Scan, rule

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_VALID = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_RULERS = frozenset(
    "adrian albert alexander alexios alfonso alfred andrew anne antoninus artaxerxes augustus "
    "baldwin basil benedict boniface carl casimir catherine charles christian clement constans "
    "constantine cyrus darius david edward elizabeth eric ferdinand francis francois franz "
    "frederick friedrich fulk guy geoffrey conrad george gregory gustav haakon hadrian harald harold henri henry honorius "
    "innocent isabella isabel ivan james jan jean joan johan john joseph juan julius justinian karl leo "
    "leopold louis ludwig magnus malcolm manuel margaret maria mary matthew maximilian mehmed "
    "michael murad napoleon nicholas nero olaf olav oscar otto paul pedro peter philip philippe "
    "pius ptolemy ramesses ramses rameses richard robert rudolf selim sigismund simon sixtus "
    "stephen suleiman sweyn theodore theodosius thutmose urban victor victoria vittorio vladimir wenceslaus "
    "wilhelm william xerxes emmanuel umberto carlos felipe willem beatrix".split()
)
_TITLES = frozenset(
    "king queen pope emperor empress tsar czar prince princess duke saint sultan pharaoh kaiser "
    "archbishop patriarch shah earl count".split()
)
_NUMBERED = frozenset(
    "chapter act scene part volume vol book section title article bowl type phase stage class "
    "level grade appendix figure fig table war episode season canto step unit category group "
    "module annex schedule page exhibit division round tier mark mk apollo saturn vatican "
    "fantasy rocky quarter question theorem lemma line verse number no corps olympiad "
    "symphony sonata schedule cranial nerve factor generation gen world iphone os".split()
)
_SHORT_NUMBERED = frozenset("sc pages p pp chapters ch chap sec sect pt bk art".split())
_WORDS = frozenset(
    "MIX DIM MILD LIVID CIVIC VIVID MID DID LID MM MD CD CDC DC MC CV CM DM DI ILL MI LI DIV ICI XX XXL XL XXX CC LCD LCM CIV DVI MDM MCM CI LL VC IC IV".split()
)
_BEFORE_DRIPS = frozenset(
    "an a the her his their via by through on started start gave given".split()
)
_DRIPS = frozenset(
    "drip drips line lines bag bags fluid fluids antibiotics pole needle therapy access".split()
)
_GIVEN = frozenset(
    "john william james robert george charles thomas henry edward richard davis howard harold "
    "joseph samuel walter frank arthur albert david michael martin daniel paul peter louis "
    "frederick benjamin alexander andrew jonathan franklin theodore oliver philip loudon".split()
)
_VERBS_OF_I = frozenset(
    "am have think know was will do did would can could see love met saw want need like had may "
    "must should never always just really also hope feel believe said go went".split()
)


def value(numeral: str) -> int | None:
    """What a numeral stands for, None where it is none."""
    numeral = "".join(_unsigned(character) for character in numeral).upper()
    if not numeral or not _VALID.fullmatch(numeral):
        return None
    total = 0
    for this, following in zip(numeral, [*numeral[1:], ""], strict=True):
        worth = _VALUES[this]
        total += -worth if following and _VALUES[following] > worth else worth
    return total


def _unsigned(character: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", character)


def _is_ruler(scan: Scan, numeral: str) -> bool:
    before = scan.before()
    if not before[:1].isupper() or numeral in ("C", "D", "L", "M"):
        return False
    titled = any(scan.before(back).lower() in _TITLES for back in (2, 3, 4))
    if before.lower() not in _RULERS:
        return titled and before.lower() not in _NUMBERED and len(before) > 2
    if numeral == "I" and not titled:
        following = scan.after(scan.at + 1).lower()
        if scan.token_before(2) is None and following in ("was", "had", "did", "ruled", "reigned"):
            return True  # "Charles I was beheaded."
        owned = re.match(r"'s\b", scan.rest(scan.at + 1, 3))
        return following not in _VERBS_OF_I and (bool(owned) or scan.rest(scan.at + 1, 1) != "'")
    return not (numeral == "X" and not titled and before.lower() in ("malcolm",))


def _is_name(scan: Scan) -> bool:
    """Whether a capital before this place is a name's and not the sentence's."""
    return (
        len(scan.before()) > 1 and scan.before()[:1].isupper() and scan.token_before(2) is not None
    )


def _numeral(match: re.Match[str], scan: Scan) -> str | None:
    numeral = match["numeral"]
    number = value(numeral)
    if number is None:
        return None
    signs = not numeral.isascii()
    before = scan.before().lower().rstrip(".")
    following = scan.after(match.end()).lower()
    if (
        following in ("century", "centuries", "dynasty", "legion")
        and not signs
        and len(numeral) > 1
    ):
        return ordinal(number)
    if _is_ruler(scan, numeral):
        return f"the {ordinal(number)}"
    if numeral == "IV" and (before in _BEFORE_DRIPS or following in _DRIPS):
        return None
    if numeral in ("C", "D", "L", "M") and before not in ("chapter", "psalm", "canto"):
        return None  # "Appendix C"
    if numeral == "I" and before == "no":
        return None  # "No, I don't"
    shortened = scan.before().endswith(".") and before in _SHORT_NUMBERED
    if shortened or before in _NUMBERED or before.removesuffix("s") in _NUMBERED or signs:
        return (
            cardinal(number) if numeral != "I" or _ends_phrase(scan, match.end(), before) else None
        )
    if numeral == "V" and (scan.before()[:2].isupper() or _is_name(scan)):
        return cardinal(number)  # "GTA V"
    if len(numeral) == 1:
        return None
    if scan.touches is not None and scan.touches.kind == "range":
        return cardinal(number)
    if len(numeral) > 3 and numeral not in _WORDS and number >= 1000:
        return year(number)
    previous = scan.token_before()
    given = (scan.before(back) for back in (2, 3, 4))
    if (
        numeral in ("II", "III", "IV")
        and any(name.lower() in _GIVEN and name[:1].isupper() for name in given)
        and before.isalpha()
        and scan.before()[:1].isupper()
    ):
        return f"the {ordinal(number)}"
    if (
        previous is None
        and set(numeral) <= set("IVX")
        and not scan.rest(match.end(), 4).strip(" .:\n")
    ):
        return cardinal(number)  # a heading
    if numeral in _WORDS and not (
        previous is not None and scan.before()[:1].isupper() and numeral in ("XX", "IV", "XL")
    ):
        return None
    named = previous is not None and scan.before()[:1].isupper() and len(before) > 1
    if named and (set(numeral) <= set("IVXL") or len(numeral) > 3):
        return cardinal(number)
    return cardinal(number) if set(numeral) <= set("IVX") else None


def _ends_phrase(scan: Scan, end: int, before: str) -> bool:
    """Whether "I" after "Part" is its number and not the speaker."""
    return scan.after(end).lower() not in _VERBS_OF_I and scan.rest(end, 1) != "'"


def _small(match: re.Match[str], scan: Scan) -> str | None:
    number = value(match["numeral"])
    before = scan.before().lower().rstrip(".")
    if number is None or before not in _NUMBERED | _SHORT_NUMBERED:
        return None
    if match["numeral"] == "i" and before not in ("scene", "page", "chapter", "act", "p"):
        return None
    last = value(match["last"] or "")
    return cardinal(number) + (f" to {cardinal(last)}" if last else "")


def _ordinal(match: re.Match[str], scan: Scan) -> str | None:
    number = value(match["numeral"])
    return ordinal(number) if number else None


def _list_item(match: re.Match[str], scan: Scan) -> str | None:
    number = value(match["numeral"])
    if scan.touches is not None and scan.touches.said[-1:].isalnum():
        return None  # "sin(x)"
    return cardinal(number) if number else None


def _act_and_scene(match: re.Match[str], scan: Scan) -> str | None:
    numbers = (value(match["act"]), value(match["scene"]), match["line"])
    if numbers[0] is None or numbers[1] is None:
        return None
    return " ".join(cardinal(each) for each in numbers if each is not None)


def _with_letter(match: re.Match[str], scan: Scan) -> str | None:
    """ "stage IIIB", "type IIa"."""
    number = value(match["numeral"])
    if number is None or scan.before().lower() not in _NUMBERED:
        return None
    return f"{cardinal(number)} {match['letter'].upper()}"


RULES = [
    rule(
        "roman",
        r"(?P<act>[IVX]{1,4})\.(?P<scene>[ivx]{1,4})(?:\.(?P<line>\d{1,3}))?(?!\w)",  # of a play
        _act_and_scene,
        "u",
        first="IVX",
        needs=".",
    ),
    rule(
        "roman",
        r"(?P<numeral>[IVX]{1,5})(?P<letter>[A-Ca-c])(?!\w)",
        _with_letter,
        "u",
        first="IVX",
    ),
    rule("roman", r"(?P<numeral>[IVXLCDM]{2,12})(?:th|st|n?d|rd)(?!\w)", _ordinal, "u"),
    rule(
        "roman",
        r"(?P<numeral>[IVX]{1,6})\.(?=\s(?:book|chapter|volume|part|canto|act|century|vol\.|chap\.)(?!\w))",
        _ordinal,
        "u",
        first="IVX",
        needs=".",
    ),
    rule("roman", r"\((?P<numeral>[ivx]{1,6})\)(?=[\s.,;:]|$)", _list_item, "s", first="("),
    rule(
        "roman",
        r"(?P<numeral>[IVXLCDM]{1,15}|[\u2160-\u217f]{1,15})(?:\.(?='s\b))?(?![\w&])(?!\.\w|-\w|'(?!s\b)\w)",
        _numeral,
        "as",
        first="IVXLCDM" + "".join(map(chr, range(0x2160, 0x2180))),
    ),
    rule(
        "roman",
        r"(?P<numeral>[ivxlc]{1,9})(?:[-–](?P<last>[ivxlc]{1,9}))?(?![\w'-])",
        _small,
        "a",
        first="ivxlc",
    ),
]
