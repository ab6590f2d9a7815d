"""A stranger buys a licence with the keyboard alone, at 200 % zoom: every stop is seen, nothing is cut."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from marketplace.licensing.models import Licence
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER

pytestmark = IN_A_BROWSER
MOST_STOPS = 60  # of the Tab key on one page
TWICE = {"width": 640, "height": 450}  # a window of 1280 by 900, zoomed to 200 %
# The name of what has the focus, and what hides it: outside of the window, or something on top
FOCUSED = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect();
    const x = box.left + Math.min(box.width, innerWidth) / 2, y = box.top + Math.min(box.height / 2, 30);
    const top = document.elementFromPoint(x, y);
    const seen = top && (at.contains(top) || top.contains(at) || [...(at.labels ?? [])].some(l => l.contains(top)));
    return [(at.labels?.[0] ?? at).textContent.trim().replace(/\\s+/g, ' '), at === document.body || seen]; }"""
# Elements whose text is wider than they are and hidden
CUT = """() => [...document.querySelectorAll('main *')].filter(e => {
    const style = getComputedStyle(e);
    return e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 && style.overflowX === 'hidden'
        && style.textOverflow !== 'ellipsis' && !e.matches('.visually-hidden, .visually-hidden *'); })
    .map(e => e.outerHTML.slice(0, 120))"""


def _fits(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= TWICE["width"], page.url
    assert page.evaluate(CUT) == []


def _tab_to(page: Any, name: str) -> None:
    """Press Tab until what is called so has the focus; everything on the way must be seen."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused, seen = page.evaluate(FOCUSED)
        assert seen, f"{focused!r} on {page.url} has the focus and can't be seen"
        if focused.startswith(name):
            return
    raise AssertionError(f"{name} is not reached on {page.url}")


@pytest.fixture
def zoomed(page: Any, live_server: Any, settings: Any) -> Any:
    settings.BASE_URL, settings.ALLOWED_HOSTS = live_server.url, ["*"]
    cache.clear()
    page.set_viewport_size(TWICE)
    page.emulate_media(reduced_motion="reduce")
    return page


def test_a_buyer_buys_by_keyboard_alone_at_twice_the_size(zoomed: Any) -> None:
    page, listing, buyer = zoomed, factories.make_listing(price=4999), factories.make_user("buyer")
    page.goto("/voices")
    _fits(page)
    _tab_to(page, listing.voice.name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/voices/*")
    _fits(page)
    _tab_to(page, "Buy a licence")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your order").wait_for()
    _fits(page)
    _tab_to(page, "Sign in and pay")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/login/**")
    _fits(page)
    _tab_to(page, "E-mail")
    page.keyboard.type(buyer.email)
    _tab_to(page, "Password")
    page.keyboard.type(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your order").wait_for()
    _fits(page)
    _tab_to(page, "Pay $49.99")
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/pay/**")
    page.get_by_role("button", name="Pay").press("Enter")
    page.wait_for_url("**/thank-you")
    page.problems.clear()  # the sandbox's page has no icon
    _fits(page)
    _tab_to(page, "What to say")
    assert Licence.objects.get().buyer == buyer
    assert page.problems == []


def test_something_on_top_of_what_has_the_focus_is_noticed(zoomed: Any) -> None:
    page = zoomed
    page.goto("/terms")
    page.evaluate(
        "document.querySelector('header.site').style.cssText = 'position: fixed; inset: 0; z-index: 99'"
    )
    with pytest.raises(AssertionError, match="can't be seen"):
        for _ in range(MOST_STOPS):
            _tab_to(page, "no link is called so")
