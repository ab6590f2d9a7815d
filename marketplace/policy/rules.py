"""The reviewed rules, and the interface of every text classifier."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from marketplace.policy.normalization import normalize

FOLDER = Path(__file__).parent / "rules"
HARD = frozenset(
    {"sexual_minors", "hate", "harassment", "self_harm", "fraud", "officials"}
)  # refused whatever the licence says
FORBIDDEN_BY_USE = frozenset({"political", "adult", "advice"})  # unless the licence allows it
EXPLANATIONS = {
    "sexual_minors": "It sexualizes minors.",
    "hate": "It attacks people for who they are.",
    "harassment": "It threatens or abuses somebody.",
    "self_harm": "It urges people to hurt themselves, or tells them how.",
    "fraud": "It reads like fraud: it asks for codes or money in somebody else's name.",
    "officials": "It poses as the police, a court or an authority.",
    "political": "It is a political message, which the licence does not allow.",
    "adult": "It is adult content, which the licence does not allow.",
    "advice": "It is medical or legal advice, which the licence does not allow.",
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
    """Groups of patterns that must all match within `near` words, and patterns that clear them."""

    code: str
    category: str
    near: int
    groups: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None

    def found_in(self, words: str) -> bool:
        """Whether normalized words break the rule anywhere."""
        first, *others = self.groups
        return any(
            all(group.search(around) for group in others)
            and not (self.unless and self.unless.search(around))
            for hit in first.finditer(words)
            for around in [_context_of(words, hit, self.near)]
        )


def _context_of(words: str, hit: re.Match[str], near: int) -> str:
    """The hit with `near` words on each side."""
    before = " ".join(words[: hit.start()].split()[-near:])
    after = " ".join(words[hit.end() :].split()[:near])
    return f"{before} {hit[0]} {after}"


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\S)(?:" + "|".join(patterns) + r")(?!\S)")


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
                )
            )
    return tuple(loaded)


class Rules:
    """The built-in classifier."""

    def matches(self, text: str) -> list[Match]:
        """All matches in a text."""
        words = normalize(text)
        return [Match(rule.category, rule.code) for rule in rules() if rule.found_in(words)]
