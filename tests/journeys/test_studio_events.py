"""The studio follows the work by one stream of events, which costs little and ends with it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from marketplace import shutdown
from marketplace.enrolment import enrolments, previews
from marketplace.enrolment.enrolments import STAGES
from marketplace.storefront.views import studio_events
from marketplace.voices import services
from marketplace.voices.models import Enrolment, Recording, Voice
from tests import factories
from tests.journeys.asgi import serving
from tests.journeys.chromium import IN_A_BROWSER, launch, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(studio_events, "EVERY", 0.05)
    with serving() as address:
        yield address


@pytest.fixture
def learning() -> Enrolment:
    voice = factories.make_voice()
    factories.make_recording(voice)
    return Enrolment.objects.create(
        voice=voice,
        consent=factories.make_consent(voice),
        state=Enrolment.State.RUNNING,
        stage=STAGES[1],
    )


def _browser(voice: Voice, url: str) -> httpx.Client:
    client = Client()
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    cookies = {"sessionid": client.cookies["sessionid"].value}
    return httpx.Client(base_url=url, cookies=cookies, timeout=60)


def _events(voice: Voice) -> str:
    return reverse("storefront:studio-events", args=[voice.public_id])


def _told(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.split("\n\n"):
        name, _, data = block.partition("\ndata: ")
        if name.startswith("event: "):
            found.append((name.removeprefix("event: "), json.loads(data)))
    return found


def _learn(enrolment: Enrolment) -> None:
    """All that happens while a voice is learned, with a report every few seconds for some minutes."""
    for step in range(100):
        enrolments.report_progress(
            enrolment_id=enrolment.pk, stage=STAGES[2 + step // 34], progress=step / 100
        )
        time.sleep(0.06)
    version = enrolments.finish_enrolment(
        enrolment_id=enrolment.pk, engine="kokoro", engine_version="1", template=b"template",
        embedding=factories.make_embedding(1), report={"similarity": 0.9, "enrol_seconds": 170.0},
    )  # fmt: skip
    assert version is not None
    for clip in version.previews.all():
        previews.keep_preview(preview_id=clip.pk, audio=b"ID3", seconds=4.0, waveform=[0.5] * 72)
        time.sleep(0.2)


def test_a_whole_enrolment_costs_less_than_100_kb_and_ends_its_stream(
    url: str, learning: Enrolment
) -> None:
    voice = learning.voice
    with _browser(voice, url) as browser:
        with browser.stream("GET", f"/studio/voices/{voice.public_id}") as page:
            page.read()
            size = page.num_bytes_downloaded
        has = page.text.partition('data-has="')[2].partition('"')[0]
        work = threading.Thread(target=_learn, args=(learning,))
        work.start()
        with browser.stream("GET", f"{_events(voice)}?has={has}") as answer:
            assert answer.headers["content-type"] == "text/event-stream"
            text = "".join(answer.iter_text())
            size += answer.num_bytes_downloaded
        work.join()
    told = _told(text)
    assert told[-1] == ("done", {})
    assert [data["step"] for name, data in told if name == "step"].count("clips") >= 2
    assert {data["stage"] for name, data in told if name == "progress"} >= set(STAGES[2:4])
    assert sum(name == "progress" for name, _ in told) > 30
    assert size <= 100_000, size


def test_only_steps_that_differ_from_the_page_are_sent(url: str, learning: Enrolment) -> None:
    voice = learning.voice
    with _browser(voice, url) as browser:
        page = browser.get(f"/studio/voices/{voice.public_id}").text
        has = page.partition('data-has="')[2].partition('"')[0]
        timer = threading.Timer(0.5, _fail, args=(learning,))
        timer.start()
        told = _told(browser.get(f"{_events(voice)}?has={has}").text)
        timer.join()
    assert {data["step"] for name, data in told if name == "step"} == {"recordings", "voice"}
    assert all('name="csrfmiddlewaretoken" value=""' not in str(data) for _, data in told)


def _fail(enrolment: Enrolment) -> None:
    enrolments.fail_enrolment(enrolment_id=enrolment.pk, code="too_short", message="Too short.")


def test_a_person_has_few_streams_at_once(url: str, learning: Enrolment) -> None:
    voice = learning.voice
    with _browser(voice, url) as browser, ExitStack() as streams:
        for _ in range(studio_events.OF_ONE):
            answer = streams.enter_context(browser.stream("GET", _events(voice)))
            assert answer.status_code == 200
        refused = browser.get(_events(voice))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    with _browser(voice, url) as browser:
        until = time.monotonic() + 10  # a stream whose page is gone ends by itself
        while (status := _first_status(browser, voice)) == 429 and time.monotonic() < until:
            time.sleep(0.2)
        assert status == 200


def _first_status(browser: httpx.Client, voice: Voice) -> int:
    with browser.stream("GET", _events(voice)) as answer:
        return answer.status_code


def test_open_streams_hold_neither_connections_nor_threads(
    url: str, learning: Enrolment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio_events, "OF_ONE", 30)
    monkeypatch.setattr(studio_events, "EVERY", 1.5)
    with _browser(learning.voice, url) as browser, ExitStack() as streams:
        for number in range(21):
            answer = streams.enter_context(browser.stream("GET", _events(learning.voice)))
            next(answer.iter_text())
            if number == 0:
                connections, threads = _connections(), threading.active_count()
        time.sleep(0.3)
        assert _connections() <= connections + 1
        # the pool of the loop, of which a look takes one for milliseconds
        assert threading.active_count() < threads + 12


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        count: int = cursor.fetchone()[0]
    return count


def test_a_stream_ends_when_its_reader_signs_out_or_the_server_stops(
    url: str, learning: Enrolment
) -> None:
    from django.contrib.sessions.models import Session

    with _browser(learning.voice, url) as browser:
        timer = threading.Timer(0.5, Session.objects.all().delete)
        timer.start()
        assert _told(browser.get(_events(learning.voice)).text)[-1] == ("again", {})
    with _browser(learning.voice, url) as browser:
        timer = threading.Timer(0.5, shutdown.begun.set)
        timer.start()
        assert _told(browser.get(_events(learning.voice)).text)[-1] == ("again", {})


@pytest.mark.browser
@IN_A_BROWSER[2]
def test_what_a_person_does_survives_the_steps_that_change(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    listing = factories.make_listing()
    voice = listing.voice
    enrolment = Enrolment.objects.create(
        voice=voice, consent=voice.consents.get(), state=Enrolment.State.RUNNING, stage=STAGES[1]
    )
    driver, browser = launch()
    try:
        page = browser.new_context(base_url=url).new_page()
        sign_in(page, voice.creator.user, url)
        page.goto(f"/studio/voices/{voice.public_id}")
        page.get_by_text("Choose what the clips say").click()
        page.get_by_label("A novel").check()
        page.get_by_label("One line about the voice").fill("Not saved yet")
        words = page.get_by_label("A clip in your own words")
        words.fill("Half a sent")
        enrolments.report_progress(enrolment_id=enrolment.pk, stage=STAGES[5], progress=0.42)
        page.get_by_text("42%").wait_for()
        recording = services.add_recording(
            voice=voice, file_name="new.webm", data=b"new", by=voice.creator.user
        )
        page.get_by_text("new.webm").wait_for()
        assert Recording.objects.filter(pk=recording.pk).exists()
        _fail(enrolment)
        page.get_by_text("Too short.").wait_for()
        assert words.input_value() == "Half a sent"
        assert words.evaluate("field => document.activeElement === field")
        assert page.get_by_label("A novel").is_checked()
        assert page.get_by_label("A novel").is_visible()
        assert page.get_by_label("One line about the voice").input_value() == "Not saved yet"
    finally:
        browser.close()
        driver.stop()
