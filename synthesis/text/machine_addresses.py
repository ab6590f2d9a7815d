"""Addresses of machines and people in scripts without spaces: their marks by name, digits one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

ADDRESS = re.compile(
    r"(?:https?://|www\.)[A-Za-z\d][A-Za-z\d./_~%?=&#+:-]{0,200}"
    r"|(?<![\w.+-])[A-Za-z\d][\w.+-]{0,63}@[A-Za-z\d-]{1,63}(?:\.[A-Za-z\d-]{1,63}){1,4}"
    r"|(?<![\w@])@[A-Za-z][A-Za-z\d_.]{1,40}"
    r"|(?<![\w.@-])[A-Za-z\d][A-Za-z\d-]{0,62}(?:\.[A-Za-z\d-]{1,62}){0,3}\.(?:com|net|org|edu|gov|cn|jp|io|app|tv|info|co|ac|ne)"
    r"(?:\.[a-z]{2})?(?:/[A-Za-z\d./_~%?=&#+-]{0,200})?(?![A-Za-z\d])",
    re.A,
)


def said_address(
    marks: Mapping[str, str], digits: Callable[[str], str]
) -> Callable[[re.Match[str]], str]:
    """A function from an address to how it is said; `marks` has "." and "@" at least."""

    def said(match: re.Match[str]) -> str:
        address = re.sub(r"^https?://", "", match[0])
        ends = len(address) - len(address.rstrip("./:?"))
        stop = "" if not ends or match[0].endswith("/") else address[-ends:]
        pieces = re.findall(r"[A-Za-z]+|\d+|[^A-Za-z\d]", address.rstrip("./:?"))
        return (
            "".join(
                piece
                if piece.isalpha()
                else digits(piece)
                if piece.isdecimal()
                else marks.get(piece, "")
                for piece in pieces
            )
            + stop
        )

    return said
