"""In a real browser: the console of the API guide speaks with the reader's own key."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from marketplace.licensing.models import Generation
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, launch, sign_in
from tests.marketplace.api.socket_site import running_site
from tests.tones import speak_tones

pytestmark = IN_A_BROWSER


def _send(page: Any, secret: str) -> str:
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Send").click()
    page.wait_for_selector("[data-answer]:visible")
    told: str = page.locator("[data-told]").inner_text()
    return told


def test_a_reader_hears_what_their_key_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in this thread
    cache.clear()
    speak_tones(monkeypatch)
    key, secret = factories.make_key()
    driver, browser = launch()
    try:
        with running_site() as site:
            url = site.url.replace("ws:", "http:")
            page = browser.new_context(base_url=url).new_page()
            sign_in(page, key.owner, url)
            page.goto("/docs/api")
            field = page.get_by_label("Voice", exact=True)
            assert field.input_value() == key.licences.get().voice.slug
            page.get_by_label("Text").fill("It's a good morning.")
            assert r"It'\''s a good morning." in page.locator("[data-request]").inner_text()
            told = _send(page, secret)
            assert told.startswith("200")
            assert "character-cost: 20" in told
            page.wait_for_function("() => document.querySelector('audio').duration > 0.5")
            assert Generation.objects.get().characters_spoken == 20
            assert secret not in page.content()
    finally:
        browser.close()
        driver.stop()


def test_a_key_that_is_none_is_told_with_its_code(page: Any) -> None:
    factories.make_listing()
    page.goto("/docs/api")
    told = _send(page, "tk_none")
    assert told.startswith("401")
    assert '"code"' in told
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
