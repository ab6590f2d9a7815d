"""Markdown tables of figures, and their place in a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; floats to three digits."""

    def cell(value: object) -> str:
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(map(cell, row)) + " |" for row in rows]
    return "\n".join(lines)


def replace(report: Path, section: str, body: str) -> None:
    """Put `body` between `<!-- section -->` and `<!-- /section -->` of a report.

    Raises:
        ValueError: the report has no such section.
    """
    text = report.read_text()
    begin, end = f"<!-- {section} -->\n", f"<!-- /{section} -->"
    if begin not in text or end not in text:
        raise ValueError(f"{report} has no section {section!r}.")
    before, rest = text.split(begin, 1)
    report.write_text(before + begin + body.rstrip() + "\n" + end + rest.split(end, 1)[1])
