"""A running site for the journeys, and a browser's page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.chromium import launch
from tests.journeys.site import Site


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("home")
    for parent in (home, home.parent, home.parent.parent):
        parent.chmod(0o755)
    site = Site(home, TIMBRE_DEMO_MARKET="0", TIMBRE_ENROL_STEPS="24")
    yield site
    if site.process.poll() is None:
        site.process.kill()


@pytest.fixture
def sync_orm_beside_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's loop runs in the thread of the test, where Django would refuse queries."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def page(live_server: Any, sync_orm_beside_playwright: None) -> Iterator[Any]:
    """A page of a phone's size, which notes errors in `problems`."""
    driver, browser = launch()
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    browser.close()
    driver.stop()
