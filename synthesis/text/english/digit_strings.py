"""Numbers that are names and not amounts: said digit by digit or in pairs."""

from __future__ import annotations

import re

from synthesis.text.english.context import WHOLE, speaks_of
from synthesis.text.english.lexicon import is_word
from synthesis.text.english.numbers import cardinal, decimal, digits, pairs
from synthesis.text.scan import Scan, rule

_CALLS = frozenset("call dial dialed called text ring phone 911 emergency tty tdd".split())
_CODES = frozenset(
    "zip zipcode postcode code pin password passcode otp in ssn card routing imei sn cvv cvc "
    "serial barcode tracking confirmation combination".split()
)
_ENDING = frozenset("ending ends ended digits".split())
_HELP_LINES = frozenset("911 999 112 111 101 211 311 411 511 611 711 811".split())
_OF_CALLS = re.compile(r"\b(?:calls?|called|calling|dial(?:s|ed|ing)?|ring|phone)\b", re.I)
_PLACES = frozenset(
    "squawk train room rm suite flight highway route hwy interstate boeing airbus bus apartment apt unit "
    "channel gate cell locker extension ext us county area rte".split()
)
_MODELS = frozenset(
    "office xbox microsoft porsche playstation windows galaxy rtx gtx rx ryzen geforce radeon nokia ferrari".split()
)
_OWNERS = frozenset("my your his her our their the phone cell account order ticket what's".split())
_COURSES = frozenset(
    "math maths bio biology chem chemistry physics econ economics history english psych stats calculus algebra spanish "
    "french philosophy sociology art".split()
)
_OF_KEYS = re.compile(
    r"\b(?:press|dial|key|keys|keypad|enter|button|hit|type|ending|call|code|hash|tap|push)\b", re.I
)
_OF_CASES = re.compile(r"\b(?:Nos?\.|docket|case|cases|file|matter)", re.I)
_OF_MESSAGES = re.compile(r"\b(?:text|sms|send|txt|message)\b", re.I)
_REFERENCES = frozenset(
    "number no id account invoice ticket reference ref case order bug issue pr case patent "
    "booking isbn oclc jstor pmid issn asin upc ean ein model item sku badge rfc iso".split()
)


def _leading_zero(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.before().lower().rstrip(".")
    if before in _AT and re.fullmatch(r"0[0-9][0-5]\d", match[0]) and match[0] != "0000":
        return pairs_of_time(match[0])
    local = scan.after(match.end()) in ("local", "zulu", "Zulu", "UTC", "GMT")
    if local and re.fullmatch(r"0\d[0-5]\d", match[0]):
        return pairs_of_time(match[0])
    zero = "oh" if before in _PLACES and before not in ("room",) else "zero"
    return digits(match[0], zero)


_AT = frozenset(
    "at by until till from since before after lands land departs depart arrives arrive leaves leave around".split()
)


def pairs_of_time(written: str) -> str:
    """ "oh nine forty-five" of 0945."""
    hour, minute = written[:2], written[2:]
    if minute == "00":
        return f"{digits(hour, 'oh')} hundred"
    return f"{digits(hour, 'oh')} {pairs(minute)}"


def _called(match: re.Match[str], scan: Scan) -> str | None:
    """A number after the word that says what it names."""
    number = match[0]
    if scan.text[max(0, scan.at - 4) : scan.at].rstrip().endswith((",", ";")):
        listed = scan.token_before()  # "Dial 111, 112 or 999."
        beside = listed is not None and listed.kind == "digits" and listed.end - listed.start == 3
        return digits(number) if beside and len(number) == 3 else None
    before = scan.before().lower().strip().rstrip(".:")
    before = "number" if before == "#" else before.rstrip("#")
    second = scan.before(2).lower()
    if before in ("number", "no", "#", "is", "are", "was", "code") and second in _CODES | _PLACES:
        before = second
    if second == "flight" and before.isalpha() and len(before) <= 3:
        return digits(number)
    if before in ("text", "dial", "dialed") and not scan.after(match.end()).endswith("s"):
        return digits(number)
    if (before in _CALLS and len(number) == 3) or (before in _CODES and before != "in"):
        return digits(number)
    if before == "to" and len(number) in (5, 6) and speaks_of(scan, _OF_MESSAGES):
        return digits(number)
    dated = second != "ending" and re.fullmatch(r"1[5-9]\d\d|20\d\d", number)
    carded = before == "ending" and second in ("card", "account", "number", "visa", "mastercard")
    if carded and len(number) in (3, 4):
        return digits(number)
    if before in ("in", "with", "are", "is", "*") and second in _ENDING and not dated:
        return digits(number)
    if number in _HELP_LINES and speaks_of(scan, _OF_CALLS):
        return digits(number)
    if before in ("boeing", "airbus") and len(number) == 3:
        return pairs(number)
    if before in _MODELS and len(number) in (3, 4):
        return pairs(number)
    earlier = scan.token_before(2)
    if before in ("or", "and") and earlier and earlier.kind == "digits" and len(number) == 3:
        return digits(number)
    token = scan.token_before()
    named = (
        token is not None
        and token.kind in ("word", "letters")
        and scan.before()[:1].isupper()
        and token.end - token.start > 1
    )
    if number == "101" and named and not scan.after(match.end()).endswith("s"):
        return pairs(number)  # "Cooking 101"
    masked = before and set(before) <= set("*•x")
    if (masked or before in ("account", "acct", "card")) and len(number) == 4:
        return digits(number)
    if before in _COURSES and scan.before()[:1].isupper() and len(number) == 3:
        return pairs(number)
    if before in _PLACES and len(number) in (3, 4):
        return pairs(number) if len(number) == 4 or number[-1] == "0" else digits(number, "oh")
    if before in _PLACES | _REFERENCES and len(number) >= 5:
        return digits(number)
    following = scan.after(match.end())
    counts = number.endswith("000") or following.endswith("s") or following in ("people", "of")
    return digits(number) if 10 <= len(number) <= 16 and not counts else None


def _grouped(match: re.Match[str], scan: Scan) -> str | None:
    """A card's, an account's or a book's number in its groups."""
    groups = re.split(r"[- ]", match[0])
    if len(groups) == 4 and all(re.fullmatch(r"[5-8]\d", group) for group in groups):
        return ", ".join(cardinal(group) for group in groups)  # four rounds of golf
    return ", ".join("X" if group == "X" else digits(group) for group in groups)


def _model(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.before().lower()
    if before not in ("boeing", "airbus", "model") and not re.fullmatch(r"7\d7", match["a"]):
        return None
    if len(match["b"]) == 1:
        return f"{pairs(match['a'])} {cardinal(match['b'])}"
    second = cardinal(match["b"]) if match["b"].endswith("00") else digits(match["b"])
    return f"{digits(match['a'])} {second}"


def _hash(match: re.Match[str], scan: Scan) -> str:
    number = match["number"]
    counted = len(number) < 5 or not number.isdecimal()
    return f"number {decimal(number) if counted else digits(number)}"


def _record(match: re.Match[str], scan: Scan) -> str | None:
    """Games won, lost and drawn: "10-2-1"."""
    pieces = match[0].split("-")
    if any(len(piece) > 1 and piece.startswith("0") for piece in pieces):
        return None
    return " ".join(cardinal(piece) for piece in pieces)


def _dialled(match: re.Match[str], scan: Scan) -> str | None:
    if not speaks_of(scan, _OF_KEYS):
        return None
    return f"star {digits(match['number'])}" + (" pound" if match["hash"] else "")


def _key(match: re.Match[str], scan: Scan) -> str | None:
    """A "#" or a "*" alone: a key where keys are spoken of, else the sign's name."""
    if scan.touches is not None and scan.touches.said[-1:].isalnum():
        return None
    if match[0] == "#" and re.match(r"\s+of\b|:|\s[A-Z]{1,4}-?\d", scan.rest(match.end())):
        return "number"
    if (
        match[0] == "#"
        and scan.before().lower() in _OWNERS | _REFERENCES
        and not speaks_of(scan, _OF_KEYS)
    ):
        return "number"
    if match[0] == "*":
        return "star" if speaks_of(scan, _OF_KEYS) else None
    return "pound" if speaks_of(scan, _OF_KEYS) and scan.variant != "en-GB" else "hash"


def _reference(match: re.Match[str], scan: Scan) -> str:
    """ "#A-1029": a number that begins with letters."""
    said = (
        (pairs(piece) if len(piece) < 5 else digits(piece)) if piece.isdigit() else " ".join(piece)
        for piece in re.findall(r"[A-Za-z]+|\d+", match["reference"])
    )
    return "number " + " ".join(said)


_SECRETS = frozenset("otp pin pnr passcode password code".split())
_BOOKED = frozenset("confirmation booking reservation tracking pnr record".split())
_OTHER_CODES = frozenset(  # whose letters and numbers are said as they are of courses or models
    "course class error dress color colour part model product area source zip post airport stock fault "
    "machine bar qr building status sku exit module".split()
)


def _secret(match: re.Match[str], scan: Scan) -> str | None:
    """ "your OTP is ab9453", "booking reference X4021": letters and digits one by one."""
    words = [scan.before(back).lower().rstrip(".") for back in (1, 2, 3)]
    if words[0] in ("is", "was", "no", "number"):
        words = words[1:]
    named = words[0] in _SECRETS and words[1] not in _OTHER_CODES
    booked = words[0] in _BOOKED or (words[0] in ("reference", "code") and words[1] in _BOOKED)
    if not (named or booked):
        return None
    runs = re.findall(r"[A-Za-z]{3,}", match[0])
    return None if any(is_word(run.lower()) for run in runs) else _one_by_one(match[0])


def _in_groups(match: re.Match[str], scan: Scan) -> str | None:
    """ "policy no. 7731-0042", "code 204 817": groups of a number that names something."""
    named = _CODES | _REFERENCES
    before, second = (scan.before(back).lower().rstrip(".:#") for back in (1, 2))
    if (
        not (before in named | _CALLS or (before in ("is", "are", "was") and second in named))
        or before == "in"
    ):
        return None
    groups = re.split(r"[- ]", match[0])
    return ", ".join(digits(group) for group in groups) if len("".join(groups)) > 5 else None


def _iban(match: re.Match[str], scan: Scan) -> str:
    head, *groups = match[0].split()
    said = [f"{_one_by_one(head[:2])} {pairs(head[2:])}", *(_one_by_one(group) for group in groups)]
    return ", ".join(said)


def _one_by_one(text: str) -> str:
    return " ".join(digits(each) if each.isdecimal() else each.upper() for each in text)


def _hexadecimal(match: re.Match[str], scan: Scan) -> str:
    """ "0x80070057"."""
    return f"zero x {_one_by_one(match['digits'])}"


def _door(match: re.Match[str], scan: Scan) -> str | None:
    """ "Rm 2-117": a floor and a door, not from one to the other."""
    if scan.before().lower().strip().rstrip(".") not in (
        "room",
        "rm",
        "suite",
        "ste",
        "unit",
        "apt",
        "apartment",
        "office",
    ):
        return None
    return f"{cardinal(match['floor'])} {pairs(match['door'])}"


def _docket(match: re.Match[str], scan: Scan) -> str | None:
    """A case by its year and number: "Nos. 21-1234"."""
    if not speaks_of(scan, _OF_CASES):
        return None
    last = match["number"]
    return f"{cardinal(match['year'])} {pairs(last) if len(last) < 5 else digits(last)}"


RULES = [
    rule(
        "digits",
        r"(?=[A-Z]{0,9}\d)(?=\d{0,9}[A-Z])[A-Z\d]{4,10}(?!\w|[.-]\w|\s\d[A-Z]{2}\b)|(?=[a-z]{1,9}\d)[a-z\d]{4,10}(?!\w|[.-]\w)",
        _secret,
        "ad",
        needs="0123456789",
    ),
    rule(
        "digits",
        r"(?:40[0-9]|50[0-9])(?=\s(?:[Nn]ot\s[Ff]ound|[Ee]rrors?|[Pp]ages?|[Ff]orbidden|[Bb]ad\s))",
        lambda match, scan: pairs(match[0]),
        "d",
        first="45",
    ),
    rule("digits", r"0x(?P<digits>[\dA-Fa-f]{1,16})(?!\w)", _hexadecimal, "d", first="0"),
    rule(
        "digits",
        r"[A-Z]{2}\d{2}(?: [\dA-Z]{4}){2,7}(?: [\dA-Z]{1,4})?(?!\w)",
        _iban,
        "u",
    ),
    rule(
        "digits",
        r"[\dA-F]{2}(?::[\dA-F]{2}){5}(?![\w:])",
        lambda match, scan: ", ".join(_one_by_one(pair) for pair in match[0].split(":")),
        "ud",
        first="0123456789ABCDEF",
        needs=":",
    ),
    rule("digits", r"\d{2}-\d{7}(?![\w-])", _grouped, "d", needs="-"),
    rule("digits", r"\d{1,6}(?:[- ]\d{1,6}){1,5}(?![\w-]|[.,:/]\d)", _in_groups, "d"),
    rule(
        "digits", r"(?P<year>\d\d)-(?P<number>\d{3,5})(?![\w-]|[.,:/]\d)", _docket, "d", needs="-"
    ),
    rule("digits", r"\d{1,2}-\d{1,2}-\d{1,2}(?![\w-]|[.,/:]\d)", _record, "d", needs="-"),
    rule("digits", r"\*(?P<number>\d{1,4})(?P<hash>\#?)(?![\w*])", _dialled, "s", first="*"),
    rule("digits", r"[#*](?=[\s,.;:)\]]|$)", _key, "s", first="#*"),
    rule(
        "digits",
        r"\#(?P<reference>[A-Z]{1,5}(?:\d{0,4}-\d|\d{3,5})[\dA-Z]{0,11}(?:-\d{1,8}){0,2}|\d{1,8}(?:-[\dA-Z]{1,8}){1,3})(?![\w-])",
        _reference,
        "s",
        first="#",
    ),
    rule(
        "digits",
        r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?![\d-])|\d{4} \d{6} \d{5}(?!\d)",
        _grouped,
        "d",
    ),
    rule("digits", r"\d{3}-\d{2}-\d{4}(?![\d-])", _grouped, "d", needs="-"),
    rule(
        "digits",
        r"97[89]-\d{1,5}-\d{1,7}-\d{1,7}-[\dX]|\d{1,9}(?:-\d{1,9}){2,9}(?:-X)?(?![\w-])",
        _grouped,
        "d",
        needs="-",
    ),
    rule("digits", r"(?P<a>\d{3})-(?P<b>\d{1,3})(?![\d-])", _model, "d", needs="-"),
    rule(
        "digits",
        r"(?P<a>\d{5})-(?P<b>\d{4})(?![\d-])",
        lambda m, s: f"{digits(m['a'])}, {digits(m['b'])}",
        "d",
        needs="-",
    ),
    rule("digits", r"(?P<floor>\d{1,2})-(?P<door>\d{3})(?![\w-]|[.,:/%]\d)", _door, "d", needs="-"),
    rule("digits", r"\d{5,9}-(?:0\d{1,3}|\d{2})(?![\w-]|[.,:/%]\d)", _grouped, "d", needs="-"),
    rule("digits", rf"#\s?(?P<number>{WHOLE})(?!\w)", _hash, "s", first="#"),
    rule("digits", r"0\d+(?![\w%]|[.,:/]\d)", _leading_zero, "d"),
    rule("digits", r"\d{3,}(?![\w%]|[.,:/]\d)", _called, "d"),
]
