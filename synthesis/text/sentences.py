"""Splitting text into sentences that keep their place in the original."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LIMIT = 300  # characters; a longer sentence is cut at a clause, then at a space
_LIMITS = {"zh-CN": 100, "ja": 120}  # whose characters are more sounds each

_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr jr st vs etc inc ltd co corp no fig figs vol approx dept est gen gov hon lt "
    "col sgt capt rev e.g i.e a.m p.m u.s u.k jan feb mar apr jun jul aug sep sept oct nov dec p pp mt "
    "ft sq in lb lbs oz yd ext apt ave blvd rd ln ste sen rep cpl maj adm cmdr pres supt messrs mme "
    "c ca cf al ed eds ch sec art nos op ph.d d.c m.d b.a m.a tel bros univ assoc min max avg incl "
    "hrs mins secs tbsp tsp gal qt mon tue tues wed thu thurs fri sat sun hwy pkwy bldg rm fl intl "
    "i.e u.s.a a.d b.c".split()
)
_ABROAD = {  # by language: short words that a sentence goes on after
    "es": frozenset(
        "sr sra srta sres dra ud uds profa tel pág págs núm avda av ing lic ej ee d dña".split()
    ),
    "fr": frozenset("m mm mme mlle pr tél p.ex ex env bd av chap art janv févr juil déc".split()),
    "it": frozenset("sig sigg dott ing avv es p.es n tel pag pagg cap art on".split()),
    "pt": frozenset("sr sra srta srs dra profa tel av pág págs ex p.ex eng cap art r".split()),
    "de": frozenset(
        "hr fr z z.b b d.h d ca nr str bzw tel st mio mrd evtl ggf inkl abb bd kap vgl chr".split()
    ),
    "hi": frozenset("डॉ डा प्रो सं ई पू इं ले कु रु पृ मी कि".split()),
}
_CLOSING = frozenset(
    "etc a.m p.m u.s u.k u.s.a inc ltd co corp jr sr al in ft lb lbs oz yd min max hrs mins secs ave "
    "blvd rd ln sat sun mon fri ph.d d.c m.d b.a m.a st dr b.c a.d sq tbsp tsp gal qt ext no art".split()
)
_BEFORE_NUMBERS = frozenset(
    "no nos p pp fig figs vol ch sec art op ext apt ste rm c ca tel".split()
)
_END = re.compile(
    r"([.!?…]+[\"'”’)\]]*(?:\[\d{1,3}\])*)(?=\s|$)|([。！？]+[”’』」）)]*|[।॥]+)|(\n\s*\n)|(\n)"
)
_OPENERS = re.compile(
    r"(?:He|She|It|We|They|I|You|The|This|That|There|Then|And|But|In|On|At|His|Her|My)\b"
)
_CLAUSES = (re.compile(r"[;:—–]\s|[；：]"), re.compile(r",\s|[，、]"), re.compile(r"\s"))


@dataclass(frozen=True)
class Sentence:
    """A stretch of the original text: text == original[start:end]."""

    text: str
    start: int
    end: int


def _is_end(text: str, match: re.Match[str], language: str) -> bool:
    mark = match.group(0)
    if mark in ("...", "…") and text[match.end() : match.end() + 3].lstrip()[:1].islower():
        return False
    if not mark.startswith(".") or len(mark.rstrip("\"'”’)]")) > 1:
        return True
    found = re.search(r"[\w.]*$", text[max(0, match.start() - 40) : match.start()])
    before = found.group(0) if found else ""
    following = text[match.end() : match.end() + 40].lstrip()
    word = before.lower()
    if word in ("a", "p") and following.startswith("m."):
        return False
    if language == "de" and word.isdecimal() and len(word) < 3:
        return not following  # an ordinal
    if word in _ABROAD.get(language[:2], ()):
        return not following
    if (
        word.isdecimal()
        and not text[max(0, match.start() - len(before) - 20) : match.start() - len(before)]
        .rpartition("\n")[2]
        .strip()
    ):
        return not following  # the number of a list's item
    if word in _ABBREVIATIONS:
        if not following or (word in _BEFORE_NUMBERS and following[0].isdecimal()):
            return not following
        if word in ("no", "in", "art", "sat", "sun", "max", "fig") and not before.isupper():
            return word in ("no", "art", "sat", "sun") or following[0].isupper()
        return word in _CLOSING and following[0].isupper() and not _goes_on(word, following)
    if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", before):  # initials
        return not following or bool(_OPENERS.match(following))
    if len(before) == 1 and before.isupper() and before != "I":  # an initial
        return not following or bool(_OPENERS.match(following))
    return True


def _goes_on(word: str, following: str) -> bool:
    """Whether what follows a short word still belongs to its sentence: "St. Mary", "Dr. Lee"."""
    return word in ("st", "dr", "ft", "d.c", "co", "u.s", "u.k", "u.s.a") and not re.match(
        _OPENERS, following
    )


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


def split_sentences(text: str, limit: int | None = None, language: str = "en-US") -> list[Sentence]:
    """Sentences of `text` in order; every character that is not white space is in exactly one.

    A stretch without a letter or digit joins the sentence before it, so that stray marks are
    neither lost nor spoken alone.
    """
    limit = limit or _LIMITS.get(language, LIMIT)
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.group(1) and not _is_end(text, match, language):
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
