"""In a real browser: a sample from the microphone, and the voices that it finds."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.listings.models import Sample
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER

pytestmark = [*IN_A_BROWSER, pytest.mark.usefixtures("sync_orm_beside_playwright")]


def test_a_sample_is_recorded_sent_and_finds_voices_to_compare(page: Any) -> None:
    listings = [factories.make_listing() for _ in range(2)]
    page.goto("/sounds-like")
    page.get_by_role("button", name="Record here").click()
    page.wait_for_selector(".recorder.on")
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Stop").click()
    page.wait_for_function("() => document.querySelector('input[type=file]').files.length === 1")
    page.check("[name=agreed]")
    page.get_by_role("button", name="Find voices").click()
    page.wait_for_url("**/sounds-like/*")
    address = page.url
    page.goto("about:blank")  # it would go on refreshing itself
    assert listings[0].version is not None
    listings[0].version.refresh_from_db()
    Sample.objects.update(state=Sample.State.HEARD)
    sample = Sample.objects.get()
    sample.embedding = listings[0].version.embedding
    sample.save()
    page.goto(address)
    names = page.locator(".card.voice h3").all_inner_texts()
    assert names == [each.voice.name for each in listings]
    assert page.locator("[data-compare]").is_hidden()
    for box in page.locator("input[name=voice]").all():
        box.check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare?voice=*")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []
