"""The moderation desk in a real browser: by keys, on a phone, and after asking again who is there."""

from __future__ import annotations

import re
import time
from typing import Any

from marketplace.consent.models import Consent
from marketplace.listings.models import Listing
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, sign_in

pytestmark = IN_A_BROWSER
FAILED = {"live": 0.02, "synthetic": 0.98, "replay": 0.0, "phrase_words": 0, "phrase_length": 8}


def _failed_reading() -> Consent:
    return factories.make_consent(
        factories.make_voice(), Consent.State.REVIEW, recording_key="r", scores=FAILED,
        reason_code="words_mismatch",
    )  # fmt: skip


def test_refusal_is_the_first_choice_of_a_reading_that_failed(page: Any, live_server: Any) -> None:
    consent = _failed_reading()
    sign_in(page, factories.make_moderator(), live_server.url)
    page.goto("/moderation")
    buttons = page.locator("[data-case] button[name=decision]")
    assert buttons.all_inner_texts() == ["Refuse", "Approve against the checks"]
    failed = page.locator(".checks .failed").first
    passed = page.locator(".checks .passed").first
    assert failed.inner_text().startswith("Failed:")
    colour = "element => getComputedStyle(element).color"
    assert failed.evaluate(colour) != passed.evaluate(colour)
    page.locator("[data-case] input[name=note]").fill("A clone.")
    page.keyboard.press("Enter")
    page.get_by_text("Refused.").wait_for()
    consent.refresh_from_db()
    assert consent.state == "refused"
    assert page.problems == []


def test_by_keys_a_failed_reading_goes_to_a_second_moderator(page: Any, live_server: Any) -> None:
    consent = _failed_reading()
    sign_in(page, factories.make_moderator(), live_server.url)
    page.goto("/moderation")
    for key in "ja":
        page.keyboard.press(key)
    page.keyboard.type("I met her.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.get_by_text("A second moderator must approve it too").wait_for()
    consent.refresh_from_db()
    assert consent.state == "second"
    buttons = page.locator("[data-case] button[name=decision]")
    assert buttons.all_inner_texts() == ["Refuse"]
    assert page.problems == []


def test_a_listing_is_decided_by_keys(page: Any, live_server: Any) -> None:
    first, second = (factories.make_listing(state=Listing.State.SUBMITTED) for _ in range(2))
    sign_in(page, factories.make_moderator(), live_server.url)
    page.goto("/moderation")
    for key in "jr":
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.name") == "note"  # a reason first
    page.keyboard.type("Too quiet.")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.get_by_text("was sent back.").wait_for()
    for key in "ja":
        page.keyboard.press(key)
    page.get_by_text("is on sale.").wait_for()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("rejected", "live")
    assert page.problems == []


def test_the_desk_fits_a_phone_and_every_control_has_a_name(page: Any, live_server: Any) -> None:
    _failed_reading()
    factories.make_listing(state=Listing.State.SUBMITTED)
    sign_in(page, factories.make_moderator(), live_server.url)
    page.goto("/moderation")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    nameless = """() => [...document.querySelectorAll(
        'a, button, input:not([type=hidden]), select, textarea')].filter(e =>
        !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim() || e.title
          || e.getAttribute('aria-labelledby'))).map(e => e.outerHTML)"""
    assert page.evaluate(nameless) == []


def test_a_moderator_who_left_the_desk_open_goes_on_where_they_were(
    page: Any,
    live_server: Any,
    client: Any,
) -> None:
    consent, moderator = _failed_reading(), factories.make_moderator()
    client.force_login(moderator)
    session = client.session
    session["signed_in_at"] = time.time() - 3600
    session.save()
    page.context.add_cookies(
        [{"name": "sessionid", "value": session.session_key, "url": live_server.url}]
    )
    page.goto("/moderation")
    page.locator("[data-case] input[name=note]").fill("A clone, by ear.")
    page.locator("[data-case]").get_by_role("button", name="Refuse").click()
    page.wait_for_url(re.compile("/accounts/reauthenticate/"))
    page.locator("input[type=password]").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/go-on"))
    assert page.get_by_text("A clone, by ear.").is_visible()
    page.get_by_role("button", name="Refuse").click()
    page.get_by_text("Refused.").wait_for()
    consent.refresh_from_db()
    assert (consent.state, consent.reason) == ("refused", "A clone, by ear.")
    assert page.url.endswith("/moderation")
    assert page.problems == []
