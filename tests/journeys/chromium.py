"""Chromium of the system, as tests start it."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import Any

import pytest
from django.test import Client

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
         "--autoplay-policy=no-user-gesture-required"]  # fmt: skip


@cache
def missing() -> str:
    """What a browser lacks here; empty if it can be started."""
    from playwright._impl._driver import compute_driver_executable

    if CHROMIUM is None:
        return "No Chromium: install Debian's chromium package."
    tried = subprocess.run(
        [compute_driver_executable()[0], "--version"], capture_output=True, text=True, check=False
    )
    return "" if tried.returncode == 0 else f"Playwright can't start: {tried.stderr.strip()}"


IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


def launch(*more: str) -> Any:
    """Playwright and a browser started with further flags; whoever asks stops both."""
    from playwright.sync_api import sync_playwright

    driver = sync_playwright().start()
    return driver, driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *more])


def sign_in(page: Any, user: Any, url: str) -> None:
    """Give a page's browser a session of the user."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}]
    )
