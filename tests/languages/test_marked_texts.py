"""Every text of a page can be translated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.languages.unmarked import TEMPLATES, unmarked


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_a_template_shows_no_text_that_a_translation_cannot_reach(path: Path) -> None:
    assert unmarked(path) == []
