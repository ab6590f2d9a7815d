"""The HTML of every page is valid."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.journeys.pages import every_page, people
from tests.somebody_elses import make_world
from tests.valid_html import faults

pytestmark = pytest.mark.django_db


def test_every_page_is_valid(settings: Any) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 60 * 60  # a walk may take minutes
    cache.clear()
    world = make_world()
    users, wrong, seen = people(world), {}, 0
    for page in every_page(world):
        client = Client(raise_request_exception=False)
        if user := users[page.who]:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(page.address)
        if answer.status_code == 302:  # asks again who is there, on a page of its own
            continue
        seen += 1
        if found := faults(answer.text):
            wrong[page.address] = found
    assert wrong == {}
    assert seen > 70


def test_a_form_with_errors_is_valid_and_names_them_to_its_fields(client: Client) -> None:
    page = client.post("/accounts/signup/", {"email": "nobody"}).text
    assert faults(page) == []
    assert 'aria-describedby="id_email_error"' in page


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p><ul><li>a</li></ul></p>", "Unexpected end tag (p)"),
        ('<a href="/" href="/x">a</a>', "duplicate"),
        ('<p id="a"></p><p id="a"></p>', "two elements have the id a"),
        ('<label for="b">B</label>', "label[for] names b"),
        ("<ul><p>a</p></ul>", "p in ul"),
        ('<a href="/"><button>a</button></a>', "button in a"),
        ("<h2><div>a</div></h2>", "div in h2"),
        ('<img src="/x.png">', "img without alt"),
    ],
)
def test_what_is_not_valid_is_found(html: str, fault: str) -> None:
    page = f"<!doctype html><html><head><title>x</title></head><body>{html}</body></html>"
    assert any(fault in found for found in faults(page)), faults(page)


def test_what_is_valid_has_no_fault() -> None:
    page = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title></head>
        <body><form id="f"><label>A <input name="a"></label><fieldset><legend>B</legend>
        <input type="radio" id="c"><label for="c">C</label></fieldset></form><button form="f">Go</button>
        <dl><div><dt>a</dt><dd><p>b</p></dd></div></dl><svg viewBox="0 0 1 1"><path d="M0 0"/></svg>
        </body></html>"""
    assert faults(page) == []
