"""The form of templates and stylesheets: short lines, one declaration per line, no rule twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
STYLESHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
PAPER = "print.css"  # whose rules are others' for another medium
OF_ONE_PAGE = "design.css"


def _lines(paths: list[Path]) -> list[tuple[str, str]]:
    """(where, line) of every line."""
    return [
        (f"{path.relative_to(ROOT)}:{number}", line)
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
    ]


def _rules(css: str) -> list[str]:
    """The selectors of every rule, prefixed with its media query."""
    rules, open_blocks = [], []
    for prelude, brace in re.findall(
        r"([^{};]*)([{};])", re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    ):
        if brace == "{":
            open_blocks.append(" ".join(prelude.split()))
            rules.append(" ".join(open_blocks))
        elif brace == "}":
            open_blocks.pop()
    return [rule for rule in rules if not re.fullmatch(r"@[^{]*\)", rule)]


def test_no_line_of_a_template_is_over_120_characters() -> None:
    assert TEMPLATES
    assert [where for where, line in _lines(TEMPLATES) if len(line) > 120] == []


def test_a_template_is_short_enough_to_read_at_once() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in TEMPLATES}
    assert {name: length for name, length in lengths.items() if length > 150} == {}


def test_no_line_of_a_stylesheet_holds_two_declarations() -> None:
    assert STYLESHEETS
    crowded = [
        where
        for where, line in _lines(STYLESHEETS)
        if line.count(";") > 1 or ("{" in line and not line.endswith("{"))
    ]
    assert crowded == []


def test_no_rule_of_a_stylesheet_is_written_twice() -> None:
    for_screens = [path for path in STYLESHEETS if path.name != PAPER]
    rules = Counter(rule for path in for_screens for rule in _rules(path.read_text()))
    assert [rule for rule, times in rules.items() if times > 1] == []


def test_every_stylesheet_is_on_every_page() -> None:
    linked = re.findall(r"'css/([\w-]+\.css)'", (ROOT / "templates" / "base.html").read_text())
    assert sorted(linked) == [path.name for path in STYLESHEETS if path.name != OF_ONE_PAGE]
