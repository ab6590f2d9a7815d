"""In a real browser: the microphone, the player, a phone's width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.cache import cache

from marketplace import storage
from marketplace.consent import statement as statements
from marketplace.consent.models import Consent
from marketplace.moderation import searches
from marketplace.moderation.models import ProtectedVoice, SpeakerSearch
from marketplace.queue import Work
from marketplace.trials.models import Trial
from marketplace.voices import services
from marketplace.voices.models import Enrolment, Preview, Recording
from synthesis.audio.decoding import decode
from synthesis.audio.encoding import encode
from synthesis.audio.resample import resample
from synthesis.benchmarks.readings import phrase_in
from synthesis.tasks import trying
from synthesis.tasks.speaking import Said
from synthesis.transcription.whisper import transcribe
from synthesis.verification.reading_check import speaker_of
from tests import factories
from tests.journeys.asgi import serving
from tests.journeys.chromium import IN_A_BROWSER, launch, sign_in
from tests.work import do, do_as_queued

pytestmark = [*IN_A_BROWSER, pytest.mark.usefixtures("sync_orm_beside_playwright")]


def test_pages_fit_a_phone_and_raise_no_error(page: Any, live_server: Any) -> None:
    listing = factories.make_listing()
    licence = factories.make_licence(listing)
    sign_in(page, licence.buyer, live_server.url)
    for path in ("/", "/voices", f"/voices/{listing.voice.slug}", "/docs/api", "/licences",
                 f"/licences/{licence.public_id}", "/my-voice", "/privacy", "/transparency"):  # fmt: skip
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{path} is {width} px wide"
        assert page.locator("h1").count() == 1
    assert page.problems == []


def test_every_control_has_a_name(page: Any, live_server: Any) -> None:
    listing = factories.make_listing()
    sign_in(page, listing.voice.creator.user, live_server.url)
    nameless = """() => [...document.querySelectorAll(
        'a, button, input:not([type=hidden]), select, textarea')].filter(e =>
        !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim() || e.title
          || e.getAttribute('aria-labelledby'))).map(e => e.outerHTML)"""
    for path in ("/", "/voices", f"/voices/{listing.voice.slug}", "/studio", "/studio/new",
                 f"/studio/voices/{listing.voice.public_id}", "/my-voice", "/privacy"):  # fmt: skip
        page.goto(path)
        assert page.evaluate(nameless) == [], path


def test_a_clip_plays_and_its_waveform_follows(page: Any) -> None:
    listing = factories.make_listing()
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(48_000) / 24_000)
    storage.put(Preview.objects.get().storage_key, encode(tone.astype(np.float32), "mp3"))
    page.goto(f"/voices/{listing.voice.slug}")
    page.locator(".clip .play").click()
    page.wait_for_selector(".clip .play[aria-pressed=true]")
    page.wait_for_function(
        "() => { const heard = document.querySelector('.clip path.heard');"
        " return heard && !heard.style.clipPath.includes('100%'); }"
    )
    page.locator(".clip .play").click()
    page.wait_for_selector(".clip .play[aria-pressed=false]")
    assert page.problems == []


def _tone(seconds: float = 2.0) -> bytes:
    wave = 0.3 * np.sin(2 * np.pi * 330 * np.arange(round(24_000 * seconds)) / 24_000)
    return encode(wave.astype(np.float32), "mp3")


def test_a_line_follows_the_visitor_from_a_voice_to_the_list_and_the_comparison(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver(
        trial: Trial, request: Any, sender: Any, mark: Any, *, audible: bool, longest: float
    ) -> Said:
        sender.audio(_tone())
        return Said(True, 1, 2.0, False, 48_000)

    cache.clear()
    monkeypatch.setattr(trying, "deliver", deliver)
    do_as_queued(monkeypatch, Work.SPEAK_TRIAL)
    first, second = (factories.make_listing().voice for _ in range(2))
    for clip in Preview.objects.all():
        storage.put(clip.storage_key, _tone())
    line = "Good evening, friends."
    page.goto(f"/voices/{first.slug}")
    page.get_by_label("Try your line").fill(line)
    page.get_by_role("button", name="Hear it").click()
    page.wait_for_selector(".try button[aria-pressed=true]")
    page.goto("/voices")
    assert page.get_by_label("Hear them say").input_value() == line
    page.get_by_role("button", name=f"Play {second.name}", exact=True).click()
    page.wait_for_selector("[aria-pressed=true][data-play^='/trials/']")
    said = [(trial.voice, trial.text) for trial in Trial.objects.order_by("id")]
    assert said == [(first, line), (second, line)]
    for box in page.get_by_label("Compare").all():
        box.check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare?*")
    assert page.get_by_label("Hear them say").input_value() == line
    assert page.locator("article.voice").count() == 2
    page.get_by_label("Hear them say").fill("")
    page.get_by_role("button", name=f"Play {first.name}", exact=True).click()
    page.wait_for_selector("[aria-pressed=true][data-play^='/previews/']")
    assert Trial.objects.count() == 2
    assert page.evaluate("localStorage.length") == 0
    assert line not in str(page.context.cookies()) + page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []
    page.get_by_label("Hear them say").fill("<speak>Hello</speak>")
    page.get_by_role("button", name=f"Play {first.name}", exact=True).click()
    page.get_by_text("Write the words alone, without tags.").wait_for()


def test_a_recording_made_in_the_page_is_the_sound_of_the_microphone(
    people: dict[str, list[Path]], tmp_path: Path
) -> None:
    spoken = decode(people[min(people)][0].read_bytes())
    source = resample(spoken.samples, spoken.rate, 48_000)[: 8 * 48_000]
    microphone = tmp_path / "microphone.wav"
    soundfile.write(microphone, source, 48_000, subtype="PCM_16")
    voice = factories.make_voice()
    driver, browser = launch(f"--use-file-for-fake-audio-capture={microphone}%noloop")
    with serving() as url:
        page = browser.new_context(base_url=url).new_page()
        sign_in(page, voice.creator.user, url)
        page.goto(f"/studio/voices/{voice.public_id}")
        page.click("[data-record]")
        page.wait_for_timeout(6_000)
        with page.expect_response(lambda r: r.url.endswith("/recordings")) as answer:
            page.click("[data-record]")
        assert answer.value.status == 201
        page.wait_for_selector(".recording")
        browser.close()
    driver.stop()
    recording = Recording.objects.get()
    assert recording.file_name == "browser recording.webm"
    do(Work.JUDGE_RECORDING, recording.pk)
    recording.refresh_from_db()
    assert recording.state == Recording.State.ACCEPTED, recording.refusal
    assert recording.quality["speech_seconds"] > 2


def test_a_clip_goes_on_playing_while_the_steps_around_it_change() -> None:
    voice = factories.make_voice()
    tone = 0.2 * np.sin(np.arange(24_000 * 20) * 0.05).astype(np.float32)
    storage.put("previews/first.mp3", encode(tone, "mp3"))
    enrolment = Enrolment.objects.create(
        voice=voice,
        consent=factories.make_consent(voice),
        state=Enrolment.State.RUNNING,
        first_impression="previews/first.mp3",
    )
    driver, browser = launch()
    with serving() as url:
        page = browser.new_context(base_url=url).new_page()
        sign_in(page, voice.creator.user, url)
        page.goto(f"/studio/voices/{voice.public_id}")
        play = page.get_by_role("button", name="Play a first impression of your voice")
        play.click()
        Enrolment.objects.filter(pk=enrolment.pk).update(progress=0.42)
        page.get_by_text("42%").wait_for()
        services.add_recording(voice=voice, file_name="new.webm", data=b"x", by=voice.creator.user)
        page.get_by_text("new.webm").wait_for()
        assert play.get_attribute("aria-pressed") == "true"
        assert play.evaluate("button => document.activeElement === button")
        play.click()
        page.wait_for_selector("[data-play*='enrolments'][aria-pressed=false]")
        browser.close()
    driver.stop()


@pytest.mark.slow  # a minute, most of it listening twice
def test_a_person_finds_their_voice_by_the_microphone_and_protects_it(
    live_server: Any,
    people: dict[str, list[Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    takes = [decode(path.read_bytes()) for path in people[min(people)]]
    version = factories.make_listing().voice.versions.get()
    version.embedding = speaker_of(takes[3:]).ge2e.tolist()
    version.save()
    spoken = np.concatenate([take.samples for take in takes[:3]])
    said = transcribe(spoken, takes[0].rate)
    # the page asks for what the person once read, because nobody recorded our own statement
    monkeypatch.setattr(searches, "STATEMENT", said)
    monkeypatch.setattr(statements, "fresh_phrase", lambda: str(phrase_in(said)))
    microphone = tmp_path / "microphone.wav"
    source = resample(spoken, takes[0].rate, 48_000)
    soundfile.write(microphone, source, 48_000, subtype="PCM_16")
    driver, browser = launch(f"--use-file-for-fake-audio-capture={microphone}%noloop")
    try:
        page = browser.new_context(base_url=live_server.url).new_page()
        page.goto("/my-voice")
        page.get_by_label("My voice may be measured").check()
        page.get_by_role("button", name="Show me what to read").click()
        page.click("[data-record]")
        page.wait_for_timeout(1_000 * len(source) / 48_000 + 500)
        with page.expect_response(lambda r: r.url.endswith("/reading")) as answer:
            page.click("[data-record]")
        assert answer.value.status == 204
        search = SpeakerSearch.objects.get()
        do(Work.HEAR_SEARCH, search.pk)
        search.refresh_from_db()
        assert search.state == "answered", (search.reason, search.scores)
        page.get_by_text("very like yours").wait_for()
        assert page.get_by_role("link", name=version.voice.name).is_visible()
        page.get_by_role("button", name="Protect my voice").click()
        page.get_by_text("Your voice is on the list of voices that nobody may enrol.").wait_for()
    finally:
        browser.close()
        driver.stop()
    assert ProtectedVoice.objects.get().reason == "opted_out"


def test_a_moderator_decides_by_keys(page: Any, live_server: Any) -> None:
    for _ in range(2):
        factories.make_consent(
            factories.make_voice(), Consent.State.REVIEW, recording_key="r", scores={"live": 0.9}
        )
    first, second = Consent.objects.order_by("id")
    sign_in(page, factories.make_moderator(), live_server.url)
    page.goto("/moderation")
    for key in "jj2r":
        page.keyboard.press(key)
    page.get_by_text("Refused.").wait_for()
    second.refresh_from_db()
    first.refresh_from_db()
    assert (second.state, second.reason) == ("refused", "Compared by ear: not the same person.")
    assert first.state == "review"
    page.keyboard.press("j")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.name") == "note"
    page.keyboard.type("I know her.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.get_by_text("Approved.").wait_for()
    first.refresh_from_db()
    assert first.state == "verified"
    assert page.problems == []
