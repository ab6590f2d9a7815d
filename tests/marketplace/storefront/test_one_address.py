"""In development, pages have one address, whichever of the machine's names they are asked for at."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from marketplace.storefront.one_address import lead_to_the_name


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.BASE_URL = "http://localhost:8000"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]


def _asked(method: str, path: str, host: str) -> HttpResponse:
    async def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("here")

    request = RequestFactory().generic(method, path, headers={"host": host})
    return asyncio.run(lead_to_the_name(page)(request))


def test_a_page_asked_for_in_numbers_is_led_to_the_same_page_at_the_name() -> None:
    answer = _asked("GET", "/voices?q=calm&page=2", "127.0.0.1:8000")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "http://localhost:8000/voices?q=calm&page=2",
    )


@pytest.mark.parametrize(
    ("method", "path", "host"),
    [
        ("GET", "/voices", "localhost:8000"),
        ("GET", "/v1/voices", "127.0.0.1:8000"),
        ("POST", "/webhooks/stripe", "127.0.0.1:8000"),
        ("GET", "/healthz", "127.0.0.1:8000"),
        ("POST", "/accounts/login/", "127.0.0.1:8000"),
        ("GET", "/voices", "127.0.0.1:9000"),
    ],
)
def test_all_else_is_answered_where_it_was_asked(method: str, path: str, host: str) -> None:
    assert _asked(method, path, host).content == b"here"


def test_a_site_with_another_address_leads_nobody_away(settings: Any) -> None:
    settings.BASE_URL = "https://voices.example"
    assert _asked("GET", "/voices", "127.0.0.1:443").content == b"here"


def test_a_request_that_names_no_host_is_led_nowhere(settings: Any) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"

    async def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("here")

    answer = asyncio.run(lead_to_the_name(page)(RequestFactory().get("/voices")))
    assert answer.content == b"here"
