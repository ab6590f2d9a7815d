"""What is kept is said in words that people use."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from marketplace.privacy.schedule import SCHEDULE

pytestmark = pytest.mark.django_db
JARGON = (
    "matrix",
    "rotated",
    "hash",
    "chained",
    "digest",
    "row about",
    "session",
    "scores",
    "stores",
)


def test_the_page_about_ones_data_speaks_no_jargon(client: Client) -> None:
    page = client.get("/privacy").text
    main = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")]).lower()
    assert [word for word in JARGON if re.search(rf"\b{word}\b", main)] == []


def test_every_cookie_that_the_site_sets_is_named(client: Client) -> None:
    [cookies] = [str(each.what) for each in SCHEDULE if "cookies" in str(each.what)]
    for kept in (
        "signed in",
        "signed in before",
        "protection for forms",
        "language",
        "currency",
        "time zone",
    ):
        assert kept in cookies
