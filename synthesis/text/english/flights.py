"""Flights by their airline's two letters: "BA 286", "DL1187", where a journey is spoken of."""

from __future__ import annotations

import re

from synthesis.text.english.context import speaks_of
from synthesis.text.english.numbers import cardinal, digits
from synthesis.text.scan import Scan, rule

_AIRLINES = (
    "AA AC AF AI AM AS AY AZ BA B6 CA CX DL EI EK EY F9 FR HA IB JL KE KL LA LH LO LX LY NH NK NZ OS QF QR "
    "SA SK SN SQ SU TG TK TP UA U2 VS VY WN"
).replace(" ", "|")
_OF_JOURNEYS = re.compile(
    r"\b(?:flights?|gates?|depart(?:s|ed|ing|ure)?|arriv(?:es|ed|ing|al)|boarding|land(?:s|ed|ing)?|terminal|"
    r"airport|nonstop|layover|takes? off)\b",
    re.I,
)


def _flight(match: re.Match[str], scan: Scan) -> str | None:
    if not speaks_of(scan, _OF_JOURNEYS):
        return None
    airline = (digits(each) if each.isdecimal() else each for each in match["airline"])
    number = match["number"]
    return f"{' '.join(airline)} {cardinal(number) if len(number) == 2 else digits(number)}"


RULES = [
    rule(
        "digits",
        rf"(?P<airline>{_AIRLINES})\s?(?P<number>\d{{2,4}})(?![\w-]|[.,:]\d)",
        _flight,
        "u",
    ),
]
