"""Streets, states and postal codes."""

from __future__ import annotations

import re

from synthesis.text.english.numbers import digits, pairs
from synthesis.text.scan import Scan, rule

_STREETS = {
    "St": "Street", "Ave": "Avenue", "Av": "Avenue", "Blvd": "Boulevard", "Rd": "Road",
    "Dr": "Drive", "Ln": "Lane", "Ct": "Court", "Pl": "Place", "Sq": "Square", "Hwy": "Highway",
    "Pkwy": "Parkway", "Ter": "Terrace", "Cir": "Circle", "Trl": "Trail", "Expy": "Expressway", "Rte": "Route", "Fwy": "Freeway", "Cres": "Crescent", "Wy": "Way",
}  # fmt: skip
_SIDES = {"N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast",
          "NW": "Northwest", "SE": "Southeast", "SW": "Southwest"}  # fmt: skip
_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa",
    "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi",
    "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
    "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "DC": "D C",
}  # fmt: skip
_WORDS = frozenset("AL CO DE HI ID IN LA MA ME MO OH OK OR PA".split())
_STREET = "|".join(sorted(_STREETS, key=len, reverse=True))
_WHOLE_STREETS = "|".join(_STREETS.values())


def _stop(scan: Scan, end: int) -> str:
    rest = scan.rest(end, 6)
    return "." if not rest.strip("\"')] ") else ""


def _street(match: re.Match[str], scan: Scan) -> str | None:
    """ "St." behind a name is a street, before one a saint; "Dr." a drive or a doctor."""
    word, end = match["street"], match.end()
    before, token = scan.before(), scan.token_before()
    named = token is not None and (
        before[:1].isupper() or token.kind in ("ordinal", "address", "letters")
    )
    following = re.match(r"\s+([A-Z][a-z]+)", scan.rest(end, 24))
    titled = token is not None and token.kind == "abbreviation" and before[:2] not in ("Jr", "Sr")
    if word == "Dr" and following and scan.text[max(0, scan.at - 2) : scan.at] == ", ":
        return None  # "the head of it, Dr. Kay"
    if word == "Dr" and titled:
        return None  # "The Rev. Dr. King"
    if word == "Rd" and before.lower() in ("on", "onto", "along", "off", "take", "via", "at", "to"):
        return "Road"
    if word == "Rd" and not before[:1].isupper() and re.match(r"\s\d", scan.rest(end, 2)):
        return None  # of a match
    if (
        word == "St"
        and following
        and scan.text[max(0, scan.at - 4) : scan.at].endswith((", ", "; ", "/"))
    ):
        return "Saint"
    numbered = any(
        found is not None
        and found.kind in ("cardinal", "year", "digits", "letters", "address", "ordinal")
        for found in (scan.token_before(back) for back in (2, 3, 4))
    )
    stop = _stop(scan, end) if match["point"] else ""
    if (
        named
        and token is not None
        and token.kind != "punctuation"
        and before.lower() not in ("the", "on", "at")
    ):
        glue = (
            following is None
            or numbered
            or following[1] in ("Apt", "Suite", "Ste", "Unit", "North", "South")
        )
        if glue and (
            match["point"]
            or numbered
            or word not in ("Dr", "Ct", "Pl", "Av", "Ter", "St", "Cir", "Sq")
            or following is None
        ):
            return _STREETS[word] + stop
    if word == "St" and following:
        return "Saint"
    if word == "St" and match["point"]:
        return "Street" + stop
    return (
        _STREETS[word] + stop
        if word not in ("Dr", "St", "Pl", "Ct", "Ter", "Av", "Cir", "Sq")
        and (match["point"] or numbered)
        else None
    )


def _state(match: re.Match[str], scan: Scan) -> str | None:
    if not scan.before()[:1].isupper() and not scan.text[
        max(0, scan.at - 4) : scan.at
    ].rstrip().endswith(","):
        return None
    code = match["zip"]
    street = any(token.kind == "address" for token in scan.tokens[-12:])
    if (
        code
        and not street
        and match["state"] in _WORDS
        and scan.text[scan.at - 2 : scan.at] != ", "
    ):
        return None  # "Agent ID 30417"
    if not code and not scan.before()[-1:].islower():
        return None  # "THE ATM, OK?"
    said = _STATES[match["state"]]
    if not code:
        comma = scan.text[max(0, scan.at - 2) : scan.at].strip()
        return said if comma == "," else None
    return f"{said} {digits(code[:5])}" + (f", {digits(code[6:])}" if len(code) > 5 else "")


_ROAD_WORDS = frozenset("Route Rte Rt Highway Hwy Interstate Road Rd SR US CR".split())
_NUMBERED_STREET = re.compile(rf"\s\d{{1,3}}(?:st|nd|rd|th)\s(?i:{_WHOLE_STREETS}|{_STREET})\b")
_LAND = re.compile(
    r"\.\s(?:Korea|Africa|America|Carolina|Dakota|Ireland|Yemen|Sudan|Virginia|Europe|Asia)(?!\w)"
)
_ONTO = frozenset("onto on take via merge join along toward follow exit near off".split())
_ROADS = re.compile(r"(?:I|US|SR|CR|FM|M|A|E|CA|NY|TX|FL)-?\d{1,4}[A-Z]?")


def _side(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.token_before()
    numbered = before is not None and re.fullmatch(r"\d{1,4}[A-Z]?", scan.before())
    on_road = numbered and scan.before(2).rstrip(".") in _ROAD_WORDS
    if before is not None and (on_road or _ROADS.fullmatch(scan.text, before.start, before.end)):
        return _SIDES[match["side"]].lower()  # "I-95 N"
    after = re.match(r"\s(?:[A-Z][a-z]+|\d+(?:st|nd|rd|th))", scan.rest(match.end(), 20))
    street_follows = re.search(
        rf"\b(?:{_STREET}|Street|Avenue|Road|Drive|Lane|Boulevard)\b", scan.rest(match.end(), 40)
    )
    housed = before is not None and before.kind in ("cardinal", "year", "digits", "address")
    onto = scan.before().lower() in ("on", "onto") and after and after[0][1].isdecimal()
    if (
        (housed and after and street_follows)
        or onto
        or _LAND.match(scan.text, match.start("side") + 1)
        or _NUMBERED_STREET.match(scan.text, match.end())
    ):
        return _SIDES[match["side"]]
    return None


def _interstate(match: re.Match[str], scan: Scan) -> str | None:
    """ "onto I 280", "Freeway (I 280)"."""
    bracketed = scan.text[scan.at - 1 : scan.at] == "("
    if not bracketed and scan.before().lower() not in _ONTO:
        return None
    return f"I {pairs(match['number'])}"


def _postcode(match: re.Match[str], scan: Scan) -> str:
    return ", ".join(
        " ".join(digits(character) if character.isdigit() else character for character in half)
        for half in match[0].split()
    )


_OLD_STATES = {  # as newspapers write them behind a town
    "Ala": "Alabama", "Ariz": "Arizona", "Ark": "Arkansas", "Calif": "California", "Colo": "Colorado",
    "Conn": "Connecticut", "Del": "Delaware", "Fla": "Florida", "Ill": "Illinois", "Kan": "Kansas",
    "Mass": "Massachusetts", "Md": "Maryland", "Mich": "Michigan", "Minn": "Minnesota", "Mont": "Montana",
    "Neb": "Nebraska", "Nev": "Nevada", "Okla": "Oklahoma", "Ore": "Oregon", "Pa": "Pennsylvania",
    "Tenn": "Tennessee", "Tex": "Texas", "Va": "Virginia", "Vt": "Vermont", "Wash": "Washington",
    "Wis": "Wisconsin", "Wyo": "Wyoming", "Ga": "Georgia", "Ky": "Kentucky", "Mo": "Missouri", "Miss": "Mississippi", "La": "Louisiana", "Ind": "Indiana",
}  # fmt: skip


def _old_state(match: re.Match[str], scan: Scan) -> str | None:
    if match["party"]:
        return f"{match['party']} {_OLD_STATES[match['state']]}"
    town = re.search(r"[A-Z][\w.'-]*[a-z],\s$", scan.text[max(0, scan.at - 24) : scan.at])
    return _OLD_STATES[match["state"]] + _stop(scan, match.end()) if town else None


def _party(match: re.Match[str], scan: Scan) -> str:
    """A politician's party and state: "(R-KY)", "D-Calif."."""
    return f"{match['party']} {_STATES[match['state'].replace('.', '')]}"


def _house(match: re.Match[str], scan: Scan) -> str | None:
    """A house's number before its street, in the pairs that people say."""
    if scan.before().lower() in ("in", "since", "by", "until", "from", "of"):
        return None
    return pairs(match["number"])


def _small_street(match: re.Match[str], scan: Scan) -> str | None:
    """ "123 main st" as people type it."""
    for back in range(2, 5):
        token = scan.token_before(back)
        if token is not None and token.kind in ("cardinal", "address", "year", "digits"):
            return _STREETS[match["street"].capitalize()].lower() + _stop(scan, match.end())
        if token is None or token.kind not in ("word", "ordinal"):
            return None
    return None


_NAMES = (
    r"(?:[NSEW]{1,2}\.?\s)?(?:\d{1,3}(?:st|nd|rd|th)|[A-Z][\w'.]{1,20}(?:\s[A-Z][\w'.]{1,20}){0,2})"
)
RULES = [
    rule(
        "address",
        rf"(?P<party>[RDI])-(?P<state>(?:{'|'.join(_STATES)})(?=\)|,)|N\.[YJCHMD]\.|[SW]\.[CDV]\.|R\.I\.)",
        _party,
        "u",
        first="RDI",
        needs="-",
    ),
    rule(
        "address",
        rf"(?:(?P<party>[RDI])-)?(?P<state>{'|'.join(_OLD_STATES)})\.(?!\w)",
        _old_state,
        "u",
        needs=".",
    ),
    rule(
        "address",
        r"(?P<street>st|ave|blvd|rd|dr|ln|ct|pl|hwy|pkwy)\.?(?![\w'-])",
        _small_street,
        "l",
        first="sabrdlcph",
    ),
    rule("address", rf"(?P<street>{_STREET})(?P<point>\.?)(?![\w'-])", _street, "u"),
    rule(
        "address",
        rf"(?P<state>{'|'.join(_STATES)})(?:,?\s(?P<zip>\d{{5}}(?:-\d{{4}})?))?(?!\w|\.\w|'|-)",
        _state,
        "u",
    ),
    rule(
        "address",
        r"(?P<side>NE|NW|SE|SW|[NSEW])(?:\.?(?=\s)|(?=[.,;]|$))",
        _side,
        "u",
        first="NSEW",
    ),
    rule(
        "address",
        r"(?P<apartment>[Aa]pt|Ste|Rm|rm|Fl|Bldg)\.?\s?#?(?=\s?\d|\s[A-Z]\b)",
        lambda m, s: {
            "apt": "apartment",
            "Apt": "Apartment",
            "Ste": "Suite",
            "Rm": "Room",
            "rm": "room",
            "Fl": "Floor",
            "Bldg": "Building",
        }[m["apartment"]],
        "a",
        first="aASRrFB",
    ),
    rule(
        "address",
        r"(?P<road>I|US)-?(?P<first>\d{1,3})/(?P<second>\d{1,3})(?![\w/])",
        lambda match, scan: (
            f"{' '.join(match['road'])} {pairs(match['first'])}, {pairs(match['second'])}"
        ),
        "u",
        first="IU",
        needs="/",
    ),
    rule(
        "address",
        r"(?P<road>I|US|SR)-(?P<number>\d{1,3})(?=/[A-Z])",
        lambda match, scan: f"{' '.join(match['road'])} {pairs(match['number'])}",
        "u",
        first="IUS",
        needs="/",
    ),
    rule("address", r"I\s(?P<number>\d{2,3})(?!\w|[.,]\d)", _interstate, "u", first="I"),
    rule("address", r"P\.?\s?O\.?\s(?=Box\b)", lambda m, s: "P O", "u", first="P"),
    rule(
        "address",
        r"(?:GIR|[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]?)\s\d[ABD-HJLNP-UW-Z]{2}(?!\w)",
        _postcode,
        "u",
        needs="0123456789",
    ),
]
LETTERED = [  # before the letter can be a unit
    rule(
        "address",
        r"(?P<number>\d{1,5})\s(?P<side>[nsew])(?=\s(?:\d{1,3}(?:st|nd|rd|th)|[a-z]{3,15})\s(?:st|ave|blvd|rd|ln)(?![\w'-]))",
        lambda match, scan: f"{pairs(match['number'])} {_SIDES[match['side'].upper()].lower()}",
        "d",
    ),
    rule(
        "address",
        r"(?P<number>\d{1,5})\s(?P<letter>[A-Z])(?=\s(?:St|Street|Ave|Avenue)\b)",
        lambda match, scan: f"{pairs(match['number'])} {match['letter']}",
        "d",
    ),
]
FIRST = [
    rule(
        "address",
        rf"(?P<number>\d{{4,5}}|[1-9]0[1-9])(?=\s{_NAMES}\s(?:{_WHOLE_STREETS}|{_STREET})\b)",
        _house,
        "d",
    ),
]
