"""In a real browser: what is spoken on a page is counted everywhere on it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, sign_in

pytestmark = IN_A_BROWSER
COUNTED = """() => ["left", "used"].map((name) => [...document.querySelectorAll(`[data-${name}]`)]
    .map((place) => Number(place.textContent.replace(/\\D/g, ""))))"""


@pytest.mark.parametrize("name", ["thank-you", "licence"])
def test_characters_left_and_used_agree_after_speaking(
    page: Any, live_server: Any, name: str
) -> None:
    licence = factories.make_licence()
    sign_in(page, licence.buyer, live_server.url)
    of = licence.order.public_id if name == "thank-you" else licence.public_id
    spoken = {"Character-Cost": "80", "Content-Type": "audio/mpeg"}
    page.route("**/speak", lambda route: route.fulfill(status=200, headers=spoken, body="x"))
    page.goto(reverse(f"storefront:{name}", args=[of]))
    page.get_by_label("What to say").fill("Good evening.")
    with page.expect_response("**/speak"):
        page.get_by_role("button", name="Speak", exact=True).click()
    page.wait_for_selector("[data-heard]:visible, [data-problem]:not(:empty)")
    left, used = page.evaluate(COUNTED)
    total = licence.characters_included
    assert set(left) == {total - 80}
    assert all(number == 80 for number in used)
    assert page.locator("[data-used-bar]").evaluate("bar => bar.value") == 80
