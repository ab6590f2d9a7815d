"""In which language pages speak to a visitor, and what stays in the site's own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from marketplace.accounts.models import User
from marketplace.dates import PATTERNS
from marketplace.money import Money, written_in
from tests import factories
from tests.languages.unmarked import TEMPLATES

pytestmark = pytest.mark.django_db


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _spoken(client: Client, asked: str = "", page: str = "/help") -> Any:
    answer = client.get(page, headers={"Accept-Language": asked})
    found = re.search(r'<html lang="([\w-]+)" dir="ltr">', answer.text)
    assert found is not None
    assert answer["Content-Language"] == found[1]
    return found[1]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("zh-CN,zh;q=0.9", "zh-hans"),
        ("zh-SG", "zh-hans"),
        ("fr, de;q=0.5", "de"),
        ("fr", "en"),
        ("en-GB,de;q=0.9", "en"),
        ("", "en"),
        ("*;q=\x85", "en"),
        ("-" * 5_000, "en"),
    ],
)
def test_pages_speak_the_language_that_a_browser_asks_for(
    client: Client, asked: str, language: str
) -> None:
    assert _spoken(client, asked) == language


def test_a_choice_is_remembered_by_the_browser_and_goes_back_to_the_page(client: Client) -> None:
    answer = client.post("/language", {"language": "de", "next": "/help?x=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/help?x=1")
    cookie = answer.cookies["language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("de", True, "Lax")
    assert _spoken(client, "zh-CN") == "de"


def test_a_choice_is_kept_on_the_account_and_comes_along_where_it_signs_in() -> None:
    user = factories.make_user()
    _as(user).post("/language", {"language": "zh-hans"})
    user.refresh_from_db()
    assert user.language == "zh-hans"
    user.set_password("a long way home")
    user.save()
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": user.email, "password": "a long way home"})
    assert _spoken(elsewhere, "de") == "zh-hans"


@pytest.mark.parametrize("language", ["fr", "", "zh-hans\r\nX: 1", "é", "en/../de"])
def test_what_no_page_is_written_in_cannot_be_chosen(language: str) -> None:
    user = factories.make_user()
    answer = _as(user).post("/language", {"language": language})
    assert "language" not in answer.cookies
    user.refresh_from_db()
    assert user.language == ""


def test_the_account_page_changes_the_language_and_says_so_in_it() -> None:
    user = factories.make_user()
    client = _as(user)
    client.post("/account/region", {"language": "de", "time_zone": "Europe/Berlin"})
    assert _spoken(client) == "de"


def test_what_is_refused_before_any_view_is_told_in_the_language_too(client: Client) -> None:
    answer = client.post("/origin", {"text": "a\0b"}, headers={"Accept-Language": "de"})
    assert answer.status_code == 400
    assert '<html lang="de"' in answer.text


def test_pages_differ_by_language_for_every_cache_between(client: Client) -> None:
    named = {name.strip() for name in client.get("/status")["Vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= named


def test_the_api_answers_in_the_sites_own_language(client: Client) -> None:
    answer = client.post(
        "/v1/audio/speech", {}, "application/json", headers={"Accept-Language": "de"}
    )
    assert "Content-Language" not in answer
    own = client.post("/v1/audio/speech", {}, "application/json")
    assert answer.json()["detail"] == own.json()["detail"]


@pytest.mark.parametrize("language", ["en", "de", "zh-hans"])
def test_every_language_can_be_chosen_in_the_account_and_the_present_one_is(language: str) -> None:
    client = _as(factories.make_user())
    page = client.get("/account/region", headers={"Accept-Language": language}).text
    select = re.search(r'<select id="own-language".*?</select>', page, re.DOTALL)
    assert select is not None
    options = re.findall(r'<option value="([\w-]+)"[^>]*?( selected)?>', select[0])
    assert {code for code, _ in options} == set(dict(settings.LANGUAGES))
    assert [code for code, chosen in options if chosen] == [language]


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en", ["$1,234.50", "¥1,500", "-€0.05"]),
        ("de", ["1.234,50 $", "1.500 ¥", "-0,05 €"]),
        ("zh_Hans", ["US$1,234.50", "JP¥1,500", "-€0.05"]),
    ],
)
def test_amounts_are_written_as_the_language_does(locale: str, written: list[str]) -> None:
    amounts = [Money(123_450, "USD"), Money(1_500, "JPY"), Money(-5, "EUR")]
    with written_in(locale):
        assert [str(each).replace("\xa0", " ") for each in amounts] == written
    assert str(amounts[0]) == "$1,234.50"


def test_each_pattern_of_a_date_in_templates_has_one_in_each_language() -> None:
    used = {
        pattern
        for path in TEMPLATES.rglob("*.html")
        for pattern in re.findall(r'\|date:"([^"]+)"', path.read_text())
        if re.search(r"[jF]", pattern)
    }
    assert len(used) > 10
    assert {language: used - set(own) for language, own in PATTERNS.items()} == {
        "de": {"F Y"},  # as in English
        "zh-hans": set(),
    }
