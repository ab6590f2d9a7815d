"""Pages are small, appear at once, and hold still while audio loads."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache

from marketplace import storage
from marketplace.voices.models import Preview, Voice
from synthesis.audio.encoding import encode
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, sign_in
from tests.journeys.pages import Page, Walk, make_walk, people
from tests.somebody_elses import World

pytestmark = IN_A_BROWSER
PAGE_BYTES = 100_000  # of a first visit, compressed, without audio
FIRST_PAINT = 1_000  # ms
SLOWER = 4  # times, for the processor
SHIFT = 0.02  # cumulative layout shift
TEXTS = ("text/", "application/javascript", "application/json", "image/svg+xml")
SHIFTS = """new PerformanceObserver(list => { for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.shifted = (window.shifted ?? 0) + entry.value; })
    .observe({type: 'layout-shift', buffered: true})"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


@pytest.fixture
def walk(transactional_db: None, settings: Any) -> Walk:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 60 * 60  # it may take minutes
    return make_walk()


@pytest.fixture
def voice(transactional_db: None) -> Voice:
    """A voice on sale, whose clip is eight seconds of a tone."""
    cache.clear()
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(8 * 24_000) / 24_000)
    listing = factories.make_listing()
    clip = Preview.objects.get()
    storage.put(clip.storage_key, encode(tone.astype(np.float32), "mp3"))
    clip.waveform, clip.seconds = [0.2, 0.9] * 36, 8.0
    clip.save()
    return listing.voice


def _compressed(response: Any) -> int:
    """The bytes of an answer as a server with compression sends it."""
    kind = response.headers.get("content-type", "")
    if kind.startswith("audio/") or 300 <= response.status < 400:
        return 0
    body = response.body()
    return len(gzip.compress(body)) if kind.startswith(TEXTS) else len(body)


def _first_visits(
    page: Any, world: World, pages: list[Page], url: str
) -> Iterator[tuple[Page, Any]]:
    """Each page in a browser that has nothing stored, with what it fetched."""
    for each in pages:
        context = page.context.browser.new_context(
            base_url=url, viewport={"width": 390, "height": 844}
        )
        visit, answers = context.new_page(), []
        visit.on("response", lambda answer, to=answers: to.append(answer))
        if user := people(world)[each.who]:
            sign_in(visit, user, url)
        visit.goto(each.address, wait_until="networkidle")
        yield each, answers
        context.close()


@pytest.mark.parametrize("slow", [pytest.param(True, marks=pytest.mark.slow), False])
def test_no_page_weighs_more_than_a_hundred_kilobytes(
    walk: Walk, page: Any, live_server: Any, slow: bool
) -> None:
    wanted = {"/", "/voices", "voice", "buy", "licence", "/docs/api", "/studio/page"}
    pages = [each for each in walk.pages if slow or each.name in wanted]
    heavy = {
        each.name: weight
        for each, answers in _first_visits(page, walk.world, pages, live_server.url)
        if (weight := sum(map(_compressed, answers))) > PAGE_BYTES
    }
    assert heavy == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["/", "/voices", "voice", "buy"])
def test_a_page_appears_within_a_second_on_a_slow_phone(walk: Walk, page: Any, name: str) -> None:
    each = next(each for each in walk.pages if each.name == name)
    page.goto(each.address)  # the server has rendered it once
    device = page.context.new_cdp_session(page)
    device.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    device.send("Network.setCacheDisabled", {"cacheDisabled": True})
    paints = []
    for _ in range(3):
        page.goto(each.address)
        page.wait_for_function(f"({PAINT}) > 0")
        paints.append(page.evaluate(PAINT))
    assert sorted(paints)[1] <= FIRST_PAINT, paints


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_and_its_audio_load(voice: Voice, page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.add_init_script(SHIFTS)
    for address in ("/", "/voices", f"/voices/{voice.slug}"):
        page.goto(address, wait_until="networkidle")
        page.locator("main .play").first.click()
        page.wait_for_selector("[data-player]:visible [data-player-toggle][aria-pressed=true]")
        page.wait_for_timeout(600)
        assert page.evaluate("window.shifted ?? 0") < SHIFT, address
        page.locator("[data-player-close]").click()


def test_what_moves_is_noticed(page: Any) -> None:
    page.add_init_script(SHIFTS)
    page.goto("/terms", wait_until="networkidle")
    page.wait_for_timeout(100)
    page.evaluate("document.querySelector('#main').style.paddingTop = '300px'")
    page.wait_for_function("() => (window.shifted ?? 0) > 0.1")
