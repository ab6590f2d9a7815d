"""Every text of a page can be translated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.languages.unmarked import TEMPLATES, unmarked


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_a_template_shows_no_text_that_a_translation_cannot_reach(path: Path) -> None:
    assert unmarked(path) == []


def test_of_attributes_alone_only_those_that_are_read_aloud_are_texts(tmp_path: Path) -> None:
    part = tmp_path / "part.html"
    part.write_text(
        'class="{% if big %}large{% endif %} button"\n{% if told %}title="Opens a page"{% endif %}\n'
    )
    assert unmarked(part) == ["1: Opens a page"]


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_what_programs_read_of_a_template_has_no_decimal_comma(path: Path) -> None:
    found = re.findall(
        r'\b(?:value|min|max)="\{\{ [\w.]*(?:amount|progress|share|average|seconds) \}\}"',
        path.read_text(),
    )
    assert found == []
