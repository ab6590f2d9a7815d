"""axe-core finds nothing on any page, light and dark, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.axe import violations_in_every_look
from tests.journeys.chromium import IN_A_BROWSER, sign_in
from tests.journeys.pages import Page, Walk, make_walk, people
from tests.somebody_elses import World

pytestmark = IN_A_BROWSER
# one of each family of templates
FAMILIES = {
    "not-found", "/", "/voices", "voice", "buy", "licence", "/account", "/accounts/login/", "thank-you",
    "/studio/page", "/moderation", "finance-payment", "help-page",
}  # fmt: skip


@pytest.fixture
def walk(transactional_db: None, settings: Any) -> Walk:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 60 * 60  # it may take minutes
    return make_walk()


def _open(page: Any, world: World, pages: list[Page], url: str) -> Iterator[Page]:
    """Each page, opened as whoever may open it."""
    users, before = people(world), None
    for each in sorted(pages, key=lambda each: each.who):
        if each.who != before:
            page.context.clear_cookies()
            if user := users[each.who]:
                sign_in(page, user, url)
            before = each.who
        page.goto(each.address)
        yield each


def _found(page: Any, world: World, pages: list[Page], url: str) -> list[str]:
    return [
        f"{each.name}: {line}"
        for each in _open(page, world, pages, url)
        for line in violations_in_every_look(page)
    ]


def test_axe_finds_nothing_on_a_page_of_each_family(
    walk: Walk, page: Any, live_server: Any
) -> None:
    pages = [each for each in walk.pages if each.name in FAMILIES]
    assert {each.name for each in pages} == FAMILIES
    assert _found(page, walk.world, pages, live_server.url) == []


@pytest.mark.slow
def test_axe_finds_nothing_on_any_page(walk: Walk, page: Any, live_server: Any) -> None:
    assert len(walk.pages) > 70
    assert _found(page, walk.world, walk.pages, live_server.url) == []


def test_axe_would_find_a_button_without_a_name(page: Any, live_server: Any) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [line for line in violations_in_every_look(page) if line.startswith("button-name")]
