"""A voice actor at the microphone, in a real browser: by keyboard alone, without a connection, again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Error, expect

from marketplace.consent.models import Consent
from marketplace.enrolment.prompts import prompts_in
from marketplace.queue import Work
from marketplace.voices.models import Recording, Voice
from synthesis.audio.decoding import decode
from synthesis.audio.resample import resample
from tests import factories
from tests.journeys.asgi import serving
from tests.journeys.chromium import IN_A_BROWSER, launch, sign_in
from tests.work import do

pytestmark = [*IN_A_BROWSER, pytest.mark.usefixtures("sync_orm_beside_playwright")]
SILENCE = 6.0  # seconds before the person speaks: the room is checked meanwhile
TAKE = 3_000  # milliseconds


@pytest.fixture
def voice() -> Voice:
    return factories.make_voice()


@pytest.fixture
def actor(voice: Voice, people: dict[str, list[Path]], tmp_path: Path) -> Iterator[Any]:
    """A page of the voice's creator, who speaks into the microphone after a while of silence."""
    takes = [decode(path.read_bytes()) for path in people[min(people)][:4]]
    spoken = resample(np.concatenate([take.samples for take in takes]), takes[0].rate, 48_000)
    hush = np.random.default_rng(1).normal(0, 1e-4, round(48_000 * SILENCE))
    microphone = tmp_path / "microphone.wav"
    soundfile.write(microphone, np.concatenate([hush, spoken]), 48_000, subtype="PCM_16")
    driver, browser = launch(f"--use-file-for-fake-audio-capture={microphone}")
    with serving() as url:
        page = browser.new_context(base_url=url, viewport={"width": 1200, "height": 900}).new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        sign_in(page, voice.creator.user, url)
        page.goto(f"/studio/voices/{voice.public_id}")
        yield page
        browser.close()
    driver.stop()


def _check_the_room(page: Any) -> None:
    page.locator("[data-booth-room]").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-booth-say]")).to_contain_text("room (", timeout=10_000)
    page.locator("[data-booth-record]").focus()
    page.wait_for_timeout(1_000 * SILENCE - 2_000)  # until somebody speaks


def _read_a_line(page: Any) -> None:
    """By keys alone: the focus is where the next one is needed."""
    page.keyboard.press("Space")
    expect(page.locator(".booth.on")).to_be_visible()
    page.wait_for_timeout(TAKE)
    page.keyboard.press("Space")
    expect(page.locator("[data-booth-keep]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-booth-record]")).to_be_focused()


def test_lines_read_by_keyboard_without_a_connection_arrive_once_after_a_reload(
    actor: Any, voice: Voice
) -> None:
    _check_the_room(actor)
    _read_a_line(actor)
    expect(actor.locator("[data-outbox-state]")).to_contain_text("It has arrived", timeout=20_000)
    actor.context.set_offline(True)
    _read_a_line(actor)
    _read_a_line(actor)
    expect(actor.locator("[data-outbox-state]")).to_contain_text(
        "No connection. Waiting in this browser: 2."
    )
    expect(actor.locator("[data-outbox-list] li")).to_have_count(2)
    assert voice.recordings.count() == 1
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        actor.reload()
    actor.context.set_offline(False)
    actor.goto(f"/studio/voices/{voice.public_id}")
    expect(actor.locator("[data-outbox-state]")).to_contain_text(
        "All 2 have arrived", timeout=20_000
    )
    expect(actor.locator("[data-outbox-list] li")).to_have_count(0)
    lines = [recording.line for recording in voice.recordings.all()]
    assert lines == [prompt.key for prompt in prompts_in(voice.language)[:3]]
    expect(actor.locator("[data-booth-count]")).to_contain_text("3 of 14")
    assert actor.problems == []


def test_a_take_whose_confirmation_is_lost_is_sent_again_and_counts_once(
    actor: Any, voice: Voice
) -> None:
    lost: list[int] = []

    def lose_the_first(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    actor.route("**/recordings", lose_the_first)
    _check_the_room(actor)
    _read_a_line(actor)
    expect(actor.locator("[data-outbox-state]")).to_contain_text("Could not be sent yet")
    assert lost == [201]
    assert voice.recordings.count() == 1
    expect(actor.locator("[data-outbox-state]")).to_contain_text("It has arrived", timeout=20_000)
    assert voice.recordings.count() == 1


MEASURE_LATER = """() => {
    const measure = window.timbre.measure;
    const asked = new Promise((done) => { window.measureNow = done; });
    window.timbre.measure = async (...of) => { await asked; return measure(...of); };
}"""


def test_a_line_is_heard_before_it_is_sent_and_read_again_when_wanted(
    actor: Any, voice: Voice
) -> None:
    _check_the_room(actor)
    actor.keyboard.press("Space")
    actor.wait_for_timeout(TAKE)
    actor.keyboard.press("Space")
    expect(actor.locator("[data-booth-say]")).to_contain_text("dBFS")
    actor.keyboard.press("p")
    actor.wait_for_function("() => document.querySelector('[data-booth-take]').currentTime > 0")
    assert voice.recordings.count() == 0
    actor.keyboard.press("r")
    expect(actor.locator("[data-booth-taken]")).to_be_hidden()
    actor.wait_for_timeout(TAKE)
    actor.evaluate(MEASURE_LATER)
    actor.keyboard.press("r")
    expect(actor.locator("[data-booth-record]")).to_have_text("One moment …")
    actor.keyboard.press("Enter")  # too soon: what was read is not known yet
    actor.evaluate("window.measureNow()")
    expect(actor.locator("[data-booth-keep]")).to_be_focused()
    expect(actor.locator(".booth.on")).to_have_count(0)
    actor.keyboard.press("Enter")
    expect(actor.locator("[data-outbox-state]")).to_contain_text("It has arrived", timeout=20_000)
    recording = voice.recordings.get()
    do(Work.JUDGE_RECORDING, recording.pk)
    recording.refresh_from_db()
    assert recording.state == Recording.State.ACCEPTED, recording.refusal
    actor.keyboard.press("ArrowLeft")
    expect(actor.locator("[data-booth-place]")).to_contain_text("Sentence 1 of 14")
    actor.locator("[data-booth-record]").focus()
    _read_a_line(actor)
    expect(actor.locator("[data-outbox-state]")).to_contain_text(
        "All 2 have arrived", timeout=20_000
    )
    again = voice.recordings.get()
    assert (again.line, again.pk) == (recording.line, again.pk)
    assert again.pk != recording.pk


KEPT = """async () => {
    if (!(await indexedDB.databases()).some((each) => each.name === "timbre")) return [];
    const database = await window.timbre.openTakes();
    return new Promise((done) => {
        const asked = database.transaction("takes").objectStore("takes").getAllKeys();
        asked.onsuccess = () => { database.close(); done(asked.result); };
    });
}"""
PUT = """async ([id, days]) => {
    const database = await window.timbre.openTakes();
    const put = database.transaction("takes", "readwrite").objectStore("takes").put({
        id, action: "/elsewhere", file: new File(["take"], "take.wav"), name: "take.wav", line: "",
        sha256: "", at: Date.now() - days * 24 * 60 * 60 * 1000, refused: "" });
    await new Promise((done) => { put.onsuccess = done; });
    database.close();
}"""


def test_takes_that_were_not_sent_are_gone_after_a_sign_out_which_asks_first(
    page: Any, live_server: Any, voice: Voice
) -> None:
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    sign_in(page, voice.creator.user, live_server.url)
    page.route("**/recordings", lambda route: route.abort())
    page.goto(f"/studio/voices/{voice.public_id}")
    page.evaluate("window.timbre.outbox.add(new File(['take'], 'take.wav'))")
    expect(page.locator("[data-outbox-list] li")).to_have_count(1)
    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.get_by_role("button", name="Sign out").click()
    assert "Recordings not sent yet: 1." in asked[0]
    assert len(page.evaluate(KEPT)) == 1
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.evaluate(KEPT) == []


def test_takes_that_were_not_sent_are_kept_for_a_week(page: Any, live_server: Any) -> None:
    page.goto("/")
    page.evaluate(PUT, ["old", 7.1])
    page.evaluate(PUT, ["new", 6.9])
    page.goto("/voices")
    page.wait_for_function(f"async () => (await ({KEPT})()).length === 1")
    assert page.evaluate(KEPT) == ["new"]


def test_a_take_that_is_not_kept_is_asked_about_and_the_microphone_closes_behind_its_reader(
    actor: Any, voice: Voice
) -> None:
    actor.evaluate(
        """() => {
            const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
            media.getUserMedia = async (...each) => (window.opened = await ask(...each));
        }"""
    )
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    actor.on("dialog", stay)
    said, place = actor.locator("[data-booth-say]"), actor.locator("[data-booth-place]")
    actor.locator("[data-booth-record]").focus()
    actor.keyboard.press("Space")  # once: the room, and then the recording
    expect(actor.locator(".booth.on")).to_be_visible(timeout=10_000)
    actor.wait_for_timeout(1_000 * SILENCE + TAKE)  # nobody has spoken yet
    actor.keyboard.press("Space")
    expect(actor.locator("[data-booth-keep]")).to_be_focused()
    actor.keyboard.press("ArrowRight")
    assert asked == ["You have not kept this take. Move on without it?"]
    expect(place).to_contain_text("Sentence 1 of 14")
    actor.remove_listener("dialog", stay)
    actor.on("dialog", lambda dialog: dialog.accept())
    actor.keyboard.press("ArrowRight")
    expect(place).to_contain_text("Sentence 2 of 14")
    expect(said).to_have_text("Press Record and read.")
    expect(actor.locator("[data-booth-record]")).to_be_focused()
    _read_a_line(actor)
    expect(said).to_have_text("Sentence 2 is kept.")
    assert actor.evaluate("opened.active")
    actor.locator("#drop input[type=file]").focus()
    assert not actor.evaluate("opened.active")
    assert actor.problems == []


def _read_nothing(page: Any) -> None:
    """While the room is silent yet; the focus is where the next key is needed."""
    page.locator("[data-booth-room]").click()
    expect(page.locator("[data-booth-say]")).to_contain_text("room (", timeout=10_000)
    page.locator("[data-booth-record]").click()
    expect(page.locator(".booth.on")).to_be_visible()
    page.wait_for_timeout(800)
    page.keyboard.press("Space")
    expect(page.locator("[data-booth-say]")).to_contain_text("We heard no speech")


def test_a_take_in_which_nothing_was_heard_is_read_again_by_enter_and_not_kept(
    actor: Any, voice: Voice
) -> None:
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    actor.on("dialog", stay)
    _read_nothing(actor)
    expect(actor.locator("[data-booth-record]")).to_be_focused()
    actor.locator("[data-booth-keep]").click()
    assert asked == ["This take can hardly be used. Keep it all the same?"]
    expect(actor.locator("[data-booth-taken]")).to_be_visible()
    actor.keyboard.press("Enter")
    expect(actor.locator(".booth.on")).to_be_visible()
    actor.keyboard.press("Enter")
    expect(actor.locator("[data-booth-taken]")).to_be_visible()
    actor.wait_for_timeout(500)
    assert voice.recordings.count() == 0
    assert actor.problems == []


def test_the_booth_leads_back_to_a_sentence_whose_take_cannot_be_used(
    actor: Any, voice: Voice
) -> None:
    said, place = actor.locator("[data-booth-say]"), actor.locator("[data-booth-place]")
    actor.on("dialog", lambda dialog: dialog.accept())
    _read_nothing(actor)
    actor.locator("[data-booth-keep]").click()
    expect(said).to_have_text("Sentence 1 is kept.")
    expect(place).to_contain_text("Sentence 2 of 14")
    expect(actor.locator("[data-outbox-state]")).to_contain_text("arrived", timeout=20_000)
    do(Work.JUDGE_RECORDING, voice.recordings.get().pk)
    expect(said).to_have_text("Sentence 1 could not be used: read it again.", timeout=20_000)
    expect(place).to_contain_text("Sentence 1 of 14")
    assert actor.problems == []


def test_the_keys_of_the_booth_work_after_a_click_on_its_words_and_from_the_player(
    actor: Any,
) -> None:
    record = actor.locator("[data-booth-record]")
    actor.locator("#booth-title").click()
    expect(record).to_be_focused()
    actor.keyboard.press("r")
    expect(actor.locator(".booth.on")).to_be_visible(timeout=10_000)
    actor.wait_for_timeout(1_000 * SILENCE - 2_000)
    actor.wait_for_timeout(TAKE)
    actor.keyboard.press("r")
    expect(actor.locator("[data-booth-keep]")).to_be_focused()
    player = actor.locator("[data-booth-take]")
    player.focus()
    actor.keyboard.press("p")
    actor.wait_for_function("() => document.querySelector('[data-booth-take]').currentTime > 0")
    actor.keyboard.press("Enter")
    expect(actor.locator("[data-booth-place]")).to_contain_text("Sentence 2 of 14")
    assert actor.problems == []


AWAKE = """
    window.locks = [];
    Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
        const lock = { held: true, release: async () => { lock.held = false; } };
        window.locks.push(lock);
        return lock;
    } } });
"""


def test_a_statement_is_heard_before_it_is_sent_and_can_be_read_again(
    page: Any, live_server: Any, voice: Voice
) -> None:
    consent = factories.make_consent(voice, Consent.State.CHALLENGED, uses=["audiobook"])
    sign_in(page, voice.creator.user, live_server.url)
    sent: list[int] = []
    page.on("request", lambda each: sent.append(1) if each.url.endswith("/recording") else None)
    page.add_init_script(AWAKE)
    page.goto(f"/studio/voices/{voice.public_id}")
    root = page.locator("[data-recorder=recording]")
    takes: list[str] = []
    for _ in range(2):
        root.locator("[data-record]").click()
        expect(page.locator(".recorder.on")).to_be_visible()
        assert page.evaluate("locks.at(-1).held")
        page.wait_for_timeout(1_000)
        root.locator("[data-record]").click()
        expect(root.locator("[data-send]")).to_be_focused()
        takes.append(root.locator("audio").get_attribute("src"))
    assert len(set(takes)) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("locks.every((lock) => !lock.held)")
    consent.refresh_from_db()
    assert (consent.state, sent) == (Consent.State.CHALLENGED, [])
    page.context.set_offline(True)
    root.locator("[data-send]").click()
    expect(page.locator("[data-error]", has_text="still here")).to_be_visible()
    assert root.locator("audio").get_attribute("src") == takes[-1]
    page.context.set_offline(False)
    root.locator("[data-send]").click()
    expect(root).to_have_count(0)
    consent.refresh_from_db()
    assert consent.state == Consent.State.CHECKING


def test_a_take_that_a_call_ends_is_there_to_be_heard(
    page: Any, live_server: Any, voice: Voice
) -> None:
    sign_in(page, voice.creator.user, live_server.url)
    page.add_init_script(AWAKE)
    page.goto(f"/studio/voices/{voice.public_id}")
    page.evaluate(
        """() => {
            const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
            media.getUserMedia = async (...each) => (window.opened = await ask(...each));
        }"""
    )
    page.locator("[data-booth-record]").click()
    expect(page.locator(".booth.on")).to_be_visible(timeout=20_000)
    assert page.evaluate("locks.at(-1).held")
    page.wait_for_timeout(1_000)
    page.evaluate("opened.getTracks().forEach((track) => track.stop())")
    expect(page.locator("[data-booth-taken]")).to_be_visible()
    expect(page.locator(".booth.on")).to_have_count(0)
    assert page.evaluate("locks.every((lock) => !lock.held)")


def test_a_take_too_long_for_a_phone_to_decode_is_not_measured(
    page: Any, live_server: Any, voice: Voice
) -> None:
    sign_in(page, voice.creator.user, live_server.url)
    page.goto(f"/studio/voices/{voice.public_id}")
    page.evaluate(
        """() => {
            window.timbre.measure = async () => { window.measured = true; return null; };
            const { finish } = window.timbre.Microphone.prototype;
            window.timbre.Microphone.prototype.finish = async function () {
                return new Blob([await finish.call(this), new Uint8Array(7_000_000)], { type: "audio/webm" });
            };
        }"""
    )
    page.locator("[data-booth-record]").click()
    expect(page.locator(".booth.on")).to_be_visible(timeout=20_000)
    page.locator("[data-booth-record]").click()
    expect(page.locator("[data-booth-keep]")).to_be_focused()
    expect(page.locator("[data-booth-say]")).to_contain_text("Listen to your take")
    assert page.evaluate("window.measured") is None
