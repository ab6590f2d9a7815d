"""Times as the device of their reader tells them, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, launch, sign_in

pytestmark = [*IN_A_BROWSER, pytest.mark.usefixtures("sync_orm_beside_playwright")]


def test_pages_from_the_second_on_tell_times_in_the_zone_of_the_device(live_server: Any) -> None:
    driver, browser = launch()
    try:
        context = browser.new_context(base_url=live_server.url, timezone_id="Asia/Tokyo")
        page = context.new_page()
        sign_in(page, factories.make_user(), live_server.url)
        time = page.locator("main .hint", has_text="It is ")
        page.goto("/account/region")
        expect(time).to_contain_text(" UTC.")
        page.goto("/account/region")
        expect(time).to_contain_text(" JST.")
        expect(page.locator("#own-zone")).to_be_hidden()
        page.get_by_label("Time zone").select_option("UTC")
        page.get_by_role("button", name="Save").click()
        expect(time).to_contain_text(" UTC.")
        expect(page.locator("#own-zone")).to_contain_text("Asia/Tokyo")
        page.get_by_role("button", name="Use that").click()
        assert page.get_by_label("Time zone").input_value() == ""
        [cookie] = [each for each in context.cookies() if each["name"] == "zone"]
        assert (cookie["value"], cookie["expires"]) == ("Asia/Tokyo", -1)
    finally:
        browser.close()
        driver.stop()
