"""Points of the compass: "12 km SE of town", "winds SSW", "head NW on Elm"."""

from __future__ import annotations

import re

from synthesis.text.scan import Scan, rule

_POINTS = {
    "N": "north", "S": "south", "E": "east", "W": "west", "NE": "northeast", "NW": "northwest",
    "SE": "southeast", "SW": "southwest", "NNE": "north-northeast", "NNW": "north-northwest",
    "SSE": "south-southeast", "SSW": "south-southwest", "ENE": "east-northeast",
    "ESE": "east-southeast", "WNW": "west-northwest", "WSW": "west-southwest",
}  # fmt: skip
_MOVING = frozenset(
    "head heads heading headed go going walk drive travel traveling turn continue fly flying sail "
    "sailing veer moving facing face due steer bearing proceed".split()
)
_BLOWING = frozenset("wind winds breeze breezes gusts blowing".split())
_FAR = frozenset("miles mile kilometers kilometres blocks feet yards minutes hours just".split())
_PARTS = re.compile(
    r"\s(?:side|corner|coast|edge|quadrant|winds?|wing|entrance|suburbs?|shore|slope|face|breeze)\b"
)
_ONWARD = re.compile(
    r"\s(?:on|onto|for|toward|towards|along|until|past|through|from|at|to)\b|[.,;]|\s?$"
)


def _point(match: re.Match[str], scan: Scan) -> str | None:
    said, end = _POINTS[match["point"]], match.end()
    before, token = scan.before().lower().rstrip("."), scan.token_before()
    single = len(match["point"]) == 1
    if before in _MOVING and _ONWARD.match(scan.text, end):
        return said
    if before in _BLOWING or (single and token is not None and token.kind == "measure"):
        counted = re.match(r"\s(?:at|of|to|around|up)\b|\s?\d|[.,;]|\s?$", scan.rest(end, 12))
        return said if counted else None
    if single:
        return None
    far = before in _FAR or (token is not None and token.kind == "measure")
    if far and scan.after(end) == "of":
        return said
    return said if _PARTS.match(scan.text, end) and before in ("the", "a", "its") else None


_TURNING = frozenset("turn keep bear hang slight sharp exit veer make".split())


def _side(match: re.Match[str], scan: Scan) -> str | None:
    """ "Turn R at the light", "the 2nd L"."""
    before, token = scan.before().lower(), scan.token_before()
    placed = token is not None and token.kind == "ordinal" and _ONWARD.match(scan.text, match.end())
    then = before == "then" and scan.after(match.end()) in ("on", "onto", "at")
    if before not in _TURNING and not placed and not then:
        return None
    return "right" if match[0] == "R" else "left"


RULES = [
    rule("address", r"[LR](?![\w'-]|\.\w)", _side, "u", first="LR"),
    rule(
        "address",
        rf"(?P<point>{'|'.join(sorted(_POINTS, key=len, reverse=True))})(?![\w'.-]\w|\w|')",
        _point,
        "u",
        first="NSEW",
    ),
]
