"""The rules measured on labelled lines: recall by category, and false alarms on harmless lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.policy.rules import FORBIDDEN_BY_USE, HARD, Classifier

HARMLESS = "benign"


@dataclass(frozen=True)
class Line:
    """A text, its language, and the category it should match, or `benign`."""

    label: str
    language: str
    text: str


@dataclass(frozen=True)
class Row:
    """The lines of one label, and those of them that were misjudged."""

    label: str
    lines: tuple[Line, ...]
    wrong: tuple[Line, ...]

    @property
    def error(self) -> float:
        """The share of misjudged lines."""
        return len(self.wrong) / max(1, len(self.lines))


def read(path: Path) -> list[Line]:
    """Read lines of label, language and text, separated by tabs.

    Raises:
        ValueError: a line doesn't have these three parts.
    """
    rows = [row.split("\t") for row in path.read_text().splitlines() if row]
    if any(len(row) != 3 for row in rows):
        raise ValueError(f"Each line of {path} is: label, tab, language, tab, text.")
    return [Line(*row) for row in rows]


def judge(classifier: Classifier, lines: Sequence[Line]) -> list[Row]:
    """One row per category, one for all hard ones, and one for harmless lines with a hard match."""
    categories = {
        line: {match.category for match in classifier.matches(line.text)} for line in lines
    }

    def row(name: str, labels: frozenset[str]) -> Row:
        own = tuple(line for line in lines if line.label in labels)
        return Row(name, own, tuple(line for line in own if line.label not in categories[line]))

    harmless = tuple(line for line in lines if line.label == HARMLESS)
    return [
        *(row(label, frozenset([label])) for label in sorted(HARD)),
        row("all of these", HARD),
        *(row(label, frozenset([label])) for label in sorted(FORBIDDEN_BY_USE)),
        Row(HARMLESS, harmless, tuple(line for line in harmless if categories[line] & HARD)),
    ]
