"""Splitting text into sentences that keep their place in the original."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LIMIT = 300  # characters; a longer sentence is cut at a clause, then at a space

_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "sr",
        "jr",
        "st",
        "vs",
        "etc",
        "inc",
        "ltd",
        "co",
        "corp",
        "no",
        "fig",
        "vol",
        "approx",
        "dept",
        "est",
        "gen",
        "gov",
        "hon",
        "lt",
        "col",
        "sgt",
        "capt",
        "rev",
        "e.g",
        "i.e",
        "a.m",
        "p.m",
        "u.s",
        "u.k",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
    ]
)
_END = re.compile(r"([.!?…]+[\"'”’)\]]*)(?=\s|$)|([。！？]+)|(\n\s*\n)|(\n)")
_CLAUSES = (re.compile(r"[;:—–]\s"), re.compile(r",\s"), re.compile(r"\s"))


@dataclass(frozen=True)
class Sentence:
    """A stretch of the original text: text == original[start:end]."""

    text: str
    start: int
    end: int


def _is_end(text: str, match: re.Match[str]) -> bool:
    mark = match.group(0)
    if not mark.startswith(".") or len(mark.rstrip("\"'”’)]")) > 1:
        return True
    word = re.search(r"[\w.]*$", text[: match.start()])
    before = word.group(0) if word else ""
    following = text[match.end() :].lstrip()
    if before.lower() in _ABBREVIATIONS:
        closing = before.lower() in {"etc", "a.m", "p.m", "u.s", "u.k", "inc", "ltd", "co", "jr"}
        return not following or (closing and following[0].isupper())
    if len(before) == 1 and before.isupper() and before != "I":  # an initial
        return not following
    return True


def _cut(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch that is too long, near its middle, at the strongest boundary there is."""
    if end - start <= limit:
        yield start, end
        return
    middle = (start + end) // 2
    for clause in _CLAUSES:
        places = [start + m.end() for m in clause.finditer(text[start:end])]
        places = [p for p in places if p - start > limit // 8 and end - p > limit // 8]
        if places:
            best = min(places, key=lambda p: abs(p - middle))
            break
    else:
        best = middle
    yield from _cut(text, start, best, limit)
    yield from _cut(text, best, end, limit)


def split_sentences(text: str, limit: int = LIMIT) -> list[Sentence]:
    """Sentences of `text` in order; every character that is not white space is in exactly one.

    A stretch without a letter or digit joins the sentence before it, so that stray marks are
    neither lost nor spoken alone.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.group(1) and not _is_end(text, match):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))

    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if not text[begin:end].strip():
            continue
        if merged and not any(c.isalnum() for c in text[begin:end]):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))

    sentences = []
    for begin, end in merged:
        for piece_start, piece_end in _cut(text, begin, end, limit):
            piece = text[piece_start:piece_end]
            left = piece_start + len(piece) - len(piece.lstrip())
            right = piece_end - (len(piece) - len(piece.rstrip()))
            if left < right:
                sentences.append(Sentence(text[left:right], left, right))
    return sentences
