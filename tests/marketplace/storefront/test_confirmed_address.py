"""Confirming an address: one sentence that says what the button does, and afterwards that it worked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
ADDRESS = "new.buyer@example.com"


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


@pytest.fixture(params=["optional", "mandatory"])
def _verification(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = request.param


def _sign_up(client: Client) -> str:
    """The address of the page that the letter leads to."""
    client.post("/accounts/signup/", {"email": ADDRESS, "password1": factories.PASSWORD})
    link = re.search(r"/accounts/confirm-email/\S+", str(delivered()[-1].body))
    assert link is not None
    return link[0]


def _main(text: str) -> str:
    return " ".join(text[text.index("<main") : text.index("</main>")].split())


@pytest.mark.usefixtures("_verification")
def test_the_page_asks_once_for_the_address_and_says_afterwards_that_it_worked() -> None:
    client = Client()
    link = _sign_up(client)
    asked = _main(client.get(link).text)
    assert f"Press the button to confirm that <strong>{ADDRESS}</strong> is yours." in asked
    assert asked.count(ADDRESS) == 1
    told = client.post(link, follow=True).text
    assert f"Thank you: {ADDRESS} is confirmed." in told
    assert 'find a voice</a> or <a href="/studio">lend yours</a>' in told


@pytest.mark.usefixtures("_verification")
def test_an_order_that_waits_goes_on_after_confirming() -> None:
    client, voice = Client(), factories.make_listing().voice
    client.post(f"/voices/{voice.slug}/buy", {"tier": "personal"})
    answer = client.post(_sign_up(client), follow=True)
    assert answer.request["PATH_INFO"] == f"/voices/{voice.slug}/buy"
    assert f"Thank you: {ADDRESS} is confirmed. Your order goes on here." in answer.text


@pytest.mark.usefixtures("_verification")
def test_in_another_browser_one_is_told_to_sign_in() -> None:
    told = Client().post(_sign_up(Client()), follow=True)
    assert told.request["PATH_INFO"] == "/accounts/login/"
    assert "is confirmed. Sign in with it, and go on from there." in told.text


def test_a_link_that_is_no_longer_good_says_where_to_get_another() -> None:
    asked = _main(Client().get("/accounts/confirm-email/none/").text)
    assert "This link has expired, or a part of it is missing." in asked
    assert 'href="/accounts/email/"' in asked


def test_who_came_to_lend_a_voice_is_in_the_studio_at_once_where_no_letter_is_awaited(
    settings: Any,
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    form = {"email": ADDRESS, "password1": factories.PASSWORD, "next": "/studio"}
    answer = Client().post("/accounts/signup/", form, follow=True)
    assert answer.request["PATH_INFO"] == "/studio/welcome"


def test_who_came_to_lend_a_voice_goes_on_in_the_studio_after_confirming(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    assert 'href="/lend"' in client.get("/").text
    page = client.get("/lend").text
    assert "What you earn" in page
    assert 'href="/accounts/signup/?next=/studio"' in page
    client.post(
        "/accounts/signup/", {"email": ADDRESS, "password1": factories.PASSWORD, "next": "/studio"}
    )
    link = re.search(r"/accounts/confirm-email/\S+", str(delivered()[-1].body))
    assert link is not None
    answer = client.post(link[0], follow=True)
    assert answer.request["PATH_INFO"] == "/studio/welcome"
    assert client.get("/lend")["Location"] == "/studio"
