"""The living page of the design system shows every class of the stylesheets, or its page is named here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests import factories
from tests.valid_html import faults

pytestmark = pytest.mark.django_db
CSS = Path(settings.BASE_DIR) / "static" / "css"
PAGES = Path(settings.BASE_DIR)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.(-?[a-z][\w-]*)")
# Stylesheets of one page or desk each, whose pieces are shown there alone
OF_ONE_PAGE = {
    "account.css", "moderation.css", "money.css", "print.css", "recording.css", "reviews.css", "shop.css", "status.css",
    "studio.css", "trials.css", "voices.css",
}  # fmt: skip
# Classes of the other stylesheets that the page can't show
ELSEWHERE = {
    "account": "the pages of allauth",
    "agreements": "the order of a speaker's consent",
    "clips": "a voice's page",
    "consent-form": "the studio",
    "errorlist": "forms that Django draws",
    "has-player": "set while something plays",
    "heard": "set on what was heard of a waveform",
    "inline": "desks",
    "key": "the keys of a licence",
    "long": "texts of desks",
    "narrow": "pages of one form",
    "renewal": "a licence",
    "plain": "lists without marks",
    "use": "a clip that was made for one use",
    "case": "the moderation desk",
}


def _selectors(sheet: Path) -> set[str]:
    """The classes that a stylesheet names."""
    rules = _COMMENT.sub("", sheet.read_text())
    return {name for head in re.findall(r"[^{};]+(?=\{)", rules) for name in _CLASS.findall(head)}


def _classes(html: str) -> set[str]:
    return {name for names in re.findall(r'class="([^"]*)"', html) for name in names.split()}


@pytest.fixture
def page(client: Client) -> str:
    factories.make_listing()
    return client.get("/design").text


def test_the_page_shows_every_class_of_the_shared_stylesheets(page: str) -> None:
    shown = _classes(page)
    missing = {
        sheet.name: found
        for sheet in sorted(CSS.glob("*.css"))
        if sheet.name not in OF_ONE_PAGE and (found := _selectors(sheet) - shown - set(ELSEWHERE))
    }
    assert missing == {}


def test_every_class_on_the_page_is_in_a_stylesheet(page: str) -> None:
    known = {name for sheet in CSS.glob("*.css") for name in _selectors(sheet)}
    assert _classes(page) - known == set()


def test_no_stylesheet_names_a_class_that_no_page_has() -> None:
    written = "".join(
        path.read_text()
        for folder, kind in (
            ("templates", "*.html"),
            ("static/js", "*.js"),
            ("marketplace", "*.py"),
        )
        for path in sorted((PAGES / folder).rglob(kind))
    )
    named = {name for sheet in CSS.glob("*.css") for name in _selectors(sheet)}
    built = ("state-", "condition-", "hue-", "errorlist")  # the last by Django
    unused = {
        name
        for name in named
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", written)
        and not name.startswith(built)
    }
    assert unused == set()


def test_the_page_shows_every_value_with_its_dark_one(page: str) -> None:
    named = set(re.findall(r"--([a-z-]+):", (CSS / "tokens.css").read_text()))
    assert {name for name in named if f"--{name}" not in page} == set()
    assert "#f7f4ee · #151310" in page


def test_the_page_is_valid_and_stands_without_a_voice_on_sale(client: Client, page: str) -> None:
    assert faults(page) == []


def test_without_a_voice_on_sale_the_rest_is_there(client: Client) -> None:
    page = client.get("/design").text
    assert "as soon as one is on sale" in page
    assert "Typefaces" in page


def test_only_staff_sees_the_page_of_a_site_for_the_public(
    client: Client, settings: object
) -> None:
    settings.DESIGN_PAGE = False  # type: ignore[attr-defined]
    assert client.get("/design").status_code == 404
    client.force_login(factories.make_user())
    assert client.get("/design").status_code == 404
    client.force_login(factories.make_moderator())
    assert client.get("/design").status_code == 200


def test_every_stylesheet_is_on_every_page(client: Client) -> None:
    page = client.get("/terms").text
    linked = set(re.findall(r"css/([\w-]+\.css)", page))
    assert {sheet.name for sheet in CSS.glob("*.css")} - linked == {"design.css"}
