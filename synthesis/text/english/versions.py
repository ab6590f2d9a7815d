"""Versions of software, sections of documents, and addresses of machines."""

from __future__ import annotations

import re

from synthesis.text.english.context import speaks_of
from synthesis.text.english.letters import said_capitals
from synthesis.text.english.numbers import cardinal, digits
from synthesis.text.scan import Scan, rule

_SOFTWARE = frozenset(
    "python django node java php ruby rust go perl swift kotlin ios ipados macos android windows "
    "ubuntu debian fedora firefox chrome safari postgres postgresql mysql redis docker kubernetes "
    "numpy pandas pytorch tensorflow react angular vue linux kernel version release".split()
)


_OF_VERSES = re.compile(r"\b(?:ch|chapter|verses?|psalms?|bible|gospel|poem|stanza)\b", re.I)


def _piece(piece: str) -> str:
    return digits(piece, "oh") if piece.startswith("0") and len(piece) > 1 else cardinal(piece)


def dotted(number: str, point: str = "point") -> str:
    """ "two point one point three" of "2.1.3"."""
    return f" {point} ".join(_piece(piece) for piece in number.split("."))


def _version(match: re.Match[str], scan: Scan) -> str:
    if match[0][0] == "V" and match[0][1:].isdecimal():
        return f"V {cardinal(match['number'])}"  # an engine
    if match[0].startswith("v. ") and speaks_of(scan, _OF_VERSES):
        return f"verse {dotted(match['number'])}"
    word = "" if scan.before().lower() == "version" else "version "
    return word + dotted(match["number"]) + _suffix(match["suffix"])


def _suffix(suffix: str | None) -> str:
    if not suffix:
        return ""
    found = re.fullmatch(r"[-.]?(alpha|beta|rc|a|b)[.]?(\d+)?", suffix)
    if found is None:
        return ""
    names = {"a": "alpha", "b": "beta"} if found[2] or suffix[0] in "-." else {"a": "A", "b": "B"}
    names["rc"] = "R C"
    return f" {names.get(found[1], found[1])}" + (f" {cardinal(found[2])}" if found[2] else "")


def _machine(match: re.Match[str], scan: Scan) -> str | None:
    possible = all(int(piece) <= 255 for piece in match["address"].split("."))
    said = " dot ".join(
        _piece(piece) if len(piece) < 3 and possible else digits(piece)
        for piece in match["address"].split(".")
    )
    if match["port"]:
        said += f" {'colon' if match['port'][0] == ':' else 'slash'} {digits(match['port'][1:])}"
    return said + (match["path"] or "").replace("/", " slash ")


def _of_software(match: re.Match[str], scan: Scan) -> str | None:
    if scan.before().lower() not in _SOFTWARE:
        return None
    return dotted(match["number"])


_SUFFIX = r"(?P<suffix>[-.]?(?:alpha|beta|rc|a|b)\.?\d*)?"

FIRST = [
    rule(
        "version",
        r"(?P<name>HTTPS?|TLS|SSL|SPDY|RTP|SIP|RTSP|DTLS|MQTT)/(?P<number>\d(?:\.\d)?)(?![\w/]|\.\d)",
        lambda match, scan: f"{said_capitals(match['name'])} {dotted(match['number'])}",
        "u",
        needs="/",
    ),
    rule(
        "version",
        r"(?P<name>[A-Z]{2,6})v(?P<number>\d{1,2}(?:\.\d{1,2}){0,2})(?![\w-]|\.\d)",
        lambda match, scan: f"{said_capitals(match['name'])} V {dotted(match['number'])}",
        "u",
        needs="v",
    ),
    rule(
        "version",
        r"802\.(?P<group>\d{1,2})(?P<letters>[a-z]{0,3})(?!\w)",
        lambda match, scan: " ".join(
            ["eight oh two dot", cardinal(match["group"]), *match["letters"].upper()]
        ),
        "d",
        first="8",
    ),
    rule(
        "version",
        r"(?P<address>\d{1,3}(?:\.\d{1,3}){3})(?P<port>[:/]\d{1,5})?(?P<path>(?:/[A-Za-z][\w-]{0,40}){1,6})?(?![\w.]\d)(?!\w)",
        _machine,
        "d",
        needs=".",
    ),
]
RULES = [
    rule(
        "version", rf"[vV]\.?\s?(?P<number>\d+(?:\.\d+)*){_SUFFIX}(?!\w)", _version, "a", first="vV"
    ),
    rule(
        "version",
        rf"(?P<number>\d+(?:\.\d+){{2,}}){_SUFFIX}(?!\w)",
        lambda m, s: dotted(m["number"]) + _suffix(m["suffix"]),
        "d",
        needs=".",
    ),
    rule("version", r"(?P<number>\d+\.\d{1,3})(?![\w%]|\.\d)", _of_software, "d", needs="."),
]
