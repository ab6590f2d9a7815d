"""The reviewed rules, and the interface of every text classifier."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext_noop

from marketplace.normalization import normalize

UNSPACED = "\u3040-\u30ff\u3400-\u9fff"  # kana and Han characters
_GAP = re.compile(f"(?<=[{UNSPACED}]) (?=[{UNSPACED}])")
_UNSPACED_ITEM = re.compile(rf"(\[[^][]*\]|\.|[{UNSPACED}\u3005])([?*+]|\{{[^}}]*\}})?")
EXCUSED = "…"  # stands for a phrase that counts for nothing; no normalized text has it
FOLDER = Path(__file__).parent / "rules"
HARD = frozenset(
    {"sexual_minors", "hate", "harassment", "self_harm", "fraud", "officials"}
)  # refused whatever the licence says
FORBIDDEN_BY_USE = frozenset({"political", "adult", "advice"})  # unless the licence allows it
EXPLANATIONS = {  # in the site's own language, as the API tells them
    "sexual_minors": gettext_noop("It sexualizes minors."),
    "hate": gettext_noop("It attacks people for who they are."),
    "harassment": gettext_noop("It threatens or abuses somebody."),
    "self_harm": gettext_noop("It urges people to hurt themselves, or tells them how."),
    "fraud": gettext_noop(
        "It reads like fraud: it asks for codes or money in somebody else's name."
    ),
    "officials": gettext_noop("It poses as the police, a court or an authority."),
    "political": gettext_noop("It is a political message, which the licence does not allow."),
    "adult": gettext_noop("It is adult content, which the licence does not allow."),
    "advice": gettext_noop("It is medical or legal advice, which the licence does not allow."),
}


@dataclass(frozen=True)
class Match:
    """A match: the category, and the rule that matched."""

    category: str
    rule: str


class Classifier(Protocol):
    """A classifier finds categories in a text; the rules are one, a model may be another."""

    def matches(self, text: str) -> list[Match]:
        """All matches in a text, in any language that voices speak."""
        ...


@dataclass(frozen=True)
class Classifiers:
    """Several classifiers as one, with the matches of all."""

    each: Sequence[Classifier]

    def matches(self, text: str) -> list[Match]:
        """All matches in a text, in the classifiers' order."""
        return [match for classifier in self.each for match in classifier.matches(text)]


@dataclass(frozen=True)
class Rule:
    """Groups of patterns that must all match within `near` words, and patterns that clear them.

    unless: clears whatever it stands beside; excused: phrases that count for nothing, and clear only
    themselves. across: the groups as they stand where signs or sentences part a word that is written
    without spaces; empty for other scripts.
    """

    code: str
    category: str
    near: int
    groups: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None
    excused: re.Pattern[str] | None = None
    across: tuple[re.Pattern[str], ...] = ()

    def found_in(self, words: str) -> bool:
        """Whether normalized words break the rule anywhere; takes time in proportion to them."""
        if self.excused is not None:
            words = self.excused.sub(EXCUSED, words)
        if self._near_each_other(self.groups, words):
            return True
        return bool(
            self.across and _GAP.search(words) and self._near_each_other(self.across, words)
        )

    def _near_each_other(self, groups: Sequence[re.Pattern[str]], words: str) -> bool:
        first, *others = groups
        hits = first.finditer(words)
        leading = next(hits, None)
        if leading is None or not all(group.search(words) for group in others):
            return False
        bounds = _Bounds(words)
        needed = [_Ahead(group, words) for group in others]
        clearing = _Ahead(self.unless, words) if self.unless else None
        for hit in chain([leading], hits):
            around = bounds.around(hit, self.near)
            if all(group.within(*around) for group in needed) and not (
                clearing and clearing.within(*around)
            ):
                return True
        return False


class _Bounds:
    """Where the words of a text begin and end."""

    def __init__(self, words: str) -> None:
        found = [match.span() for match in re.finditer(r"\S+", words)]
        self._begins = [begin for begin, _ in found]
        self._ends = [end for _, end in found]

    def around(self, hit: re.Match[str], near: int) -> tuple[int, int]:
        """From where to where a hit reaches with `near` words on each side."""
        first = bisect_left(self._begins, hit.start()) - near
        last = bisect_right(self._ends, hit.end()) - 1 + near
        return self._begins[max(0, first)], self._ends[min(last, len(self._ends) - 1)]


class _Ahead:
    """A pattern sought in stretches of whole words that only move on, each part of the text once."""

    def __init__(self, pattern: re.Pattern[str], words: str) -> None:
        self._pattern, self._words = pattern, words
        self._next = pattern.search(words)

    def within(self, begin: int, end: int) -> bool:
        """Whether it matches between two places; neither may lie before the last ones."""
        if self._next is not None and self._next.start() < begin:
            self._next = self._pattern.search(self._words, begin)
        if self._next is None or self._next.start() >= end:
            return False
        return self._next.end() <= end or bool(
            self._pattern.search(self._words, self._next.start(), end)
        )


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    """One pattern for all; those that stand side by side may not share a long word between them."""
    together = "|".join(patterns).replace(r"\w+", r"\w{1,40}").replace(r"\d+", r"\d{1,9}")
    together = together.replace("]+", "]{1,9}")
    return re.compile(rf"(?<!\S)(?:{together})(?!\S)")


def _phrases(patterns: list[str]) -> re.Pattern[str]:
    """One pattern for all; in scripts without spaces they stand anywhere."""
    return re.compile(rf"(?<![^\s{UNSPACED}])(?:{'|'.join(patterns)})(?![^\s{UNSPACED}])")


def across_gaps(pattern: str) -> str:
    """A pattern that matches also where something unheard stands between characters without spaces.

    >>> across_gaps("\\\\S*(?:杀了?.{0,4}你)")
    '\\\\S*(?:杀 ??(?:了 ??)?(?:\\\\S ??){0,4}你 ??)'
    """

    def wider(item: re.Match[str]) -> str:
        one = r"\S ??" if item[1] == "." else f"{item[1]} ??"
        many = {"+": "{1,9}", "*": "{0,9}"}.get(item[2], item[2])  # else the time could double
        return f"(?:{one}){many}" if many else one

    return _UNSPACED_ITEM.sub(wider, pattern)


def _across(groups: list[list[str]]) -> tuple[re.Pattern[str], ...]:
    """The groups of a rule for a script without spaces, across gaps; empty for others."""
    if not re.search(f"[{UNSPACED}]", "".join(chain.from_iterable(groups))):
        return ()
    return tuple(_any_of([across_gaps(each) for each in group]) for group in groups)


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Every rule in every language."""
    loaded = []
    for path in sorted(FOLDER.glob("*.toml")):
        for row in tomllib.loads(path.read_text())["rule"]:
            loaded.append(
                Rule(
                    code=row["code"],
                    category=row["category"],
                    near=row["near"],
                    groups=tuple(_any_of(group) for group in row["groups"]),
                    unless=_any_of(row["unless"]) if row.get("unless") else None,
                    excused=_phrases(row["excused"]) if row.get("excused") else None,
                    across=_across(row["groups"]),
                )
            )
    return tuple(loaded)


class Rules:
    """The built-in classifier."""

    def matches(self, text: str) -> list[Match]:
        """All matches in a text."""
        words = normalize(text)
        return [Match(rule.category, rule.code) for rule in rules() if rule.found_in(words)]
