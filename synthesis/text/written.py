"""A text in plain characters, each of which knows what it stands for in what was written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Edit = tuple[int, int, str]  # start, end, what stands there instead

_CLUSTER = re.compile(
    r"[^\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f][\u0300-\u036f\u3099\u309a]*|.", re.S
)
_KEPT = frozenset("²³¹⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿªº½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒…™℠°№")  # they mean something that NFKC loses
_PLAIN = {
    "’": "'", "‘": "'", "ʼ": "'", "′": "'", "‛": "'", "`": "`", "“": '"', "”": '"', "„": '"',
    "″": '"', "‐": "-", "‑": "-", "‒": "–", "−": "−", "―": "—", "⁓": "~", "∼": "~", "⁄": "/",
    "∕": "/", "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "",
    "\u2061": "", "\u2062": "", "\u2063": "", "\u2028": "\n", "\u2029": "\n", "\u00b5": "µ",
    "\u03bc": "µ", "\u0085": "\n", "\u000b": " ", "\u000c": " ", "\u2126": "Ω", "\u212b": "Å", "˚": "°", "∆": "Δ",
}  # fmt: skip
_JOINERS_STAY = ("\u0900", "\u0dff")  # Indic scripts write with zero-width joiners


@dataclass(frozen=True)
class Written:
    """Plain text; starts[i]:ends[i] is what its character i stands for in what was written."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def edited(self, edits: Iterable[Edit]) -> Written:
        """The text after edits, which are in order and don't overlap."""
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        place = 0
        for start, end, instead in edits:
            if start < place or start == end:
                continue
            text.append(self.text[place:start])
            starts += self.starts[place:start]
            ends += self.ends[place:start]
            text.append(instead)
            starts += [self.starts[start]] * len(instead)
            ends += [self.ends[end - 1]] * len(instead)
            place = end
        if not place:
            return self
        text.append(self.text[place:])
        starts += self.starts[place:]
        ends += self.ends[place:]
        return Written("".join(text), starts, ends)


def _plain(cluster: str) -> str:
    """How a character and its marks are written in plain characters."""
    first = cluster[0]
    if first in _PLAIN:
        return _PLAIN[first]
    category = unicodedata.category(first)
    if first in _KEPT or category == "Nl":
        return first
    if category == "Nd":  # digits of every script
        return str(unicodedata.digit(first))
    if "₀" <= first <= "₉":
        return unicodedata.normalize("NFKC", first)
    if category == "No":  # circled and the like: a number of its own
        return f" {unicodedata.normalize('NFKC', first).strip('().')} "
    if first.isspace():
        return "\n" if first == "\n" else "\u00a0" if first in "\u00a0\u202f\u2009" else " "
    if category in ("Cc", "Cn", "Cs") or "\ufe00" <= first <= "\ufe0f":
        return ""
    if 0x1F100 <= ord(first) <= 0x1F1E5:  # squared and circled letters
        return unicodedata.normalize("NFKC", first)
    return unicodedata.normalize("NFKC", cluster)


def write(text: str) -> Written:
    """The text in plain characters: NFKC where it keeps the sense, one kind of quote and hyphen."""
    if text.isascii():
        places = range(len(text) + 1)
        return Written(text, places[:-1], places[1:])
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    known: dict[str, str] = {}
    for match in _CLUSTER.finditer(text):
        cluster = match[0]
        if cluster not in known:
            known[cluster] = cluster if cluster.isascii() else _plain(cluster)
        plain = known[cluster]
        if cluster in "\u200c\u200d" and parts and _indic(parts[-1]):
            plain = cluster
        parts.append(plain)
        starts += [match.start()] * len(plain)
        ends += [match.end()] * len(plain)
    return Written("".join(parts), starts, ends)


def _indic(character: str) -> bool:
    return bool(character) and _JOINERS_STAY[0] <= character[-1] <= _JOINERS_STAY[1]
