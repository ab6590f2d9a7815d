"""In a real browser: the player at the foot, and the shortlist."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.core.cache import cache

from marketplace import storage
from marketplace.listings.models import SavedVoice
from marketplace.voices.models import Preview, Voice
from synthesis.audio.encoding import encode
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, sign_in

pytestmark = IN_A_BROWSER
BAR = "[data-player]"


@pytest.fixture
def voices() -> list[Voice]:
    """Two voices on sale, whose clips are eight seconds of a tone."""
    cache.clear()
    voices = [factories.make_listing().voice for _ in range(2)]
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(8 * 24_000) / 24_000)
    rng = np.random.default_rng(1)
    for clip in Preview.objects.all():
        storage.put(clip.storage_key, encode(tone.astype(np.float32), "mp3"))
        clip.waveform, clip.seconds = rng.uniform(0.1, 1.0, 72).round(2).tolist(), 8.0
        clip.save()
    return voices


def _play(page: Any, voice: Voice) -> None:
    page.get_by_role("button", name=f"Play {voice.name}", exact=True).click()
    page.wait_for_selector(f"{BAR}:visible [data-player-toggle][aria-pressed=true]")


def test_what_plays_goes_on_at_the_foot_of_the_next_page(page: Any, voices: list[Voice]) -> None:
    page.goto("/voices")
    assert page.locator(BAR).is_hidden()
    _play(page, voices[0])
    page.wait_for_function("() => document.querySelector('[data-player-seek]').value > 1")
    page.get_by_role("link", name="Plans").first.click()
    page.wait_for_selector(f"{BAR}:visible [data-player-toggle][aria-pressed=true]")
    page.wait_for_function("() => document.querySelector('[data-player-seek]').value > 1")
    assert page.locator("[data-player-name]").inner_text() == voices[0].name
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-player-close]").click()
    page.goto("/voices")
    assert page.locator(BAR).is_hidden()
    assert page.problems == []


def test_the_player_is_driven_by_keys_alone(page: Any, voices: list[Voice]) -> None:
    page.goto("/voices")
    _play(page, voices[0])
    seek = page.get_by_label("Position")
    seek.focus()
    page.wait_for_function("() => document.querySelector('[data-player-seek]').max > 7")
    before = float(seek.input_value())
    seek.press("PageUp")
    page.wait_for_function(
        f"() => document.querySelector('[data-player-seek]').value > {before + 0.5}"
    )
    seek.press("n")
    name = page.locator("[data-player-name]")
    page.wait_for_function(
        f"() => document.querySelector('[data-player-name]').textContent === '{voices[1].name}'"
    )
    name.press("Escape")
    assert page.locator(BAR).is_hidden()
    assert page.locator("[aria-pressed=true][data-play]").count() == 0


def test_a_recording_that_is_not_public_leaves_with_its_page(
    page: Any, voices: list[Voice]
) -> None:
    page.goto("/voices")
    page.evaluate(
        "document.querySelectorAll('[data-play]').forEach(b => b.removeAttribute('data-voice'))"
    )
    _play(page, voices[0])
    page.goto("/plans")
    assert page.locator(BAR).is_hidden()
    assert page.evaluate("sessionStorage.getItem('player')") is None


def test_a_shortlist_is_kept_in_the_browser_and_comes_with_its_owner(
    page: Any,
    voices: list[Voice],
    live_server: Any,
) -> None:
    page.goto("/voices")
    page.get_by_role("button", name=f"Save {voices[0].name}").click()
    page.get_by_role("link", name="Shortlist").click()
    page.wait_for_url("**/shortlist?voice=*")
    assert page.locator("article.voice h3").all_inner_texts() == [voices[0].name]
    buyer = factories.make_user("buyer")
    sign_in(page, buyer, live_server.url)
    page.goto("/shortlist")
    page.wait_for_selector("article.voice")
    assert [saved.voice for saved in SavedVoice.objects.filter(user=buyer)] == [voices[0]]
    assert page.evaluate("localStorage.getItem('shortlist')") is None
    page.get_by_role("button", name=f"Save {voices[0].name}").click()
    page.wait_for_selector("[data-save][aria-pressed=false]")
    page.wait_for_load_state("networkidle")
    page.reload()
    assert page.locator("article.voice").count() == 0
    assert page.problems == []


def test_the_player_on_a_desktop(page: Any, voices: list[Voice]) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark")
    page.goto(f"/voices/{voices[0].slug}")
    page.locator(".clip .play").first.click()
    page.wait_for_selector(f"{BAR}:visible [data-player-toggle][aria-pressed=true]")
    page.wait_for_function("() => document.querySelector('[data-player-seek]').value > 1")
    page.get_by_label("Position").click(position={"x": 5, "y": 10})
    page.wait_for_function("() => document.querySelector('[data-player-seek]').value < 1")


def test_the_bar_goes_when_something_without_a_name_plays(page: Any, voices: list[Voice]) -> None:
    page.goto("/voices")
    _play(page, voices[0])
    other = page.get_by_role("button", name=f"Play {voices[1].name}", exact=True)
    other.evaluate("button => { delete button.dataset.title; }")
    other.click()
    page.wait_for_selector("article.voice .play[aria-pressed=true]")
    assert page.locator(BAR).is_hidden()
