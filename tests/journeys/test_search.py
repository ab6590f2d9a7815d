"""In a real browser: search while one types, and beside demo voices that are being made."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.storefront import queries
from marketplace.storefront.views import catalogue
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER

pytestmark = IN_A_BROWSER
CHOSEN = "() => [...document.querySelectorAll('[data-search] select')].map(each => each.value)"


def test_words_that_are_typed_choose_no_filter(page: Any) -> None:
    voice = factories.make_listing().voice
    page.goto("/voices")
    language = page.locator("[data-search] [name=language]")
    for words in (voice.name[:3], voice.name):
        with page.expect_response(lambda answer: "q=" in answer.url):
            page.get_by_label("Search", exact=True).fill(words)
        page.wait_for_url("**/voices?q=*")
        assert set(page.evaluate(CHOSEN)) == {""}
    language.select_option(voice.language)
    page.wait_for_url("**language=*")
    with page.expect_response(lambda answer: "q=" in answer.url):
        page.get_by_label("Search", exact=True).fill(voice.name[:2])
    assert language.input_value() == voice.language
    assert page.problems == []


def test_the_notice_of_demo_voices_follows_them_and_leaves_what_is_typed(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress: list[queries.DemoProgress | None] = [queries.DemoProgress(3, 9)]
    monkeypatch.setattr(catalogue, "demo_progress", lambda: progress[0])
    factories.make_listing()
    page.goto("/voices")
    page.get_by_text("3 of 9 are on sale").wait_for()
    line = page.get_by_label("Hear them say")
    line.fill("Good evening")
    line.focus()
    progress[0] = queries.DemoProgress(4, 9)
    page.get_by_text("4 of 9 are on sale").wait_for()
    progress[0] = None
    page.get_by_text("The demo voices are made.").wait_for()
    assert line.input_value() == "Good evening"
    assert line.evaluate("field => document.activeElement === field")
    assert page.problems == []
