"""In a real browser: what is on the page's head is all there on a phone, and fields stand in line."""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, sign_in

pytestmark = IN_A_BROWSER
OUTSIDE = """() => [...document.querySelectorAll('header nav a, header nav button')].filter((each) => {
    const box = each.getBoundingClientRect(), nav = each.closest('nav').getBoundingClientRect();
    return box.left < nav.left - 1 || box.right > nav.right + 1;
}).map((each) => each.textContent.trim())"""


@pytest.mark.parametrize("signed_in", [False, True])
def test_no_link_of_the_navigation_is_cut_off_on_a_phone(
    page: Any, live_server: Any, signed_in: bool
) -> None:
    if signed_in:
        sign_in(page, factories.make_user(), live_server.url)
    page.goto("/plans")
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_select_stands_in_line_with_the_field_beside_it(page: Any, live_server: Any) -> None:
    sign_in(page, factories.make_user(), live_server.url)
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto("/account/keys")
    name, use = (page.locator(f"main [name={each}]").bounding_box() for each in ("name", "use"))
    assert (name["y"], name["height"]) == (use["y"], use["height"])
