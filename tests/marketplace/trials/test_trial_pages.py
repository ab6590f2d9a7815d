"""Trying a line on the site: with a script and without, within limits, and for nobody else to hear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from marketplace.consent import withdrawal
from marketplace.listings.models import Listing
from marketplace.queue import Work
from marketplace.trials import hearing, services
from marketplace.trials.models import Trial
from synthesis.speech_stream import Sender
from synthesis.tasks import trying
from synthesis.tasks.speaking import Said
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db
LINE = "Good evening, friends."
AUDIO = b"ID3 all of the audio"


@pytest.fixture
def _speaks(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> Iterator[None]:
    """Lines are spoken when they are spoken by hand, by an engine that always says the same."""

    def deliver(
        trial: Trial, request: Any, sender: Any, mark: Any, *, audible: bool, longest: float
    ) -> Said:
        sender.audio(AUDIO)
        return Said(True, 1, 1.5, False, 36_000)

    monkeypatch.setattr(trying, "deliver", deliver)
    with django_capture_on_commit_callbacks():
        yield


def _ask(client: Client, listing: Listing, line: str = LINE, **more: Any) -> Any:
    address = reverse("storefront:try-voice", args=[listing.voice.slug])
    return client.post(address, {"line": line}, headers={"Accept": "application/json"}, **more)


def _speak() -> Trial:
    trial = Trial.objects.latest("pk")
    do(Work.SPEAK_TRIAL, trial.pk)
    trial.refresh_from_db()
    return trial


def test_every_voice_page_has_a_field_for_anybodys_line(client: Client, listing: Listing) -> None:
    page = client.get(f"/voices/{listing.voice.slug}").content.decode()
    assert f'action="/voices/{listing.voice.slug}/try"' in page
    assert "The rain has stopped at last." in page
    spanish = factories.make_listing(factories.make_voice(language="es"))
    page = client.get(f"/voices/{spanish.voice.slug}").content.decode()
    assert "Por fin ha dejado de llover." in page


@pytest.mark.usefixtures("_speaks")
def test_a_script_gets_the_address_of_the_audio(client: Client, listing: Listing) -> None:
    answer = _ask(client, listing)
    assert answer.status_code == 201
    trial = _speak()
    assert answer.json() == {"audio": f"/trials/{trial.public_id}.mp3"}
    heard = client.get(answer.json()["audio"])
    assert (heard.content, heard["Content-Type"]) == (AUDIO, "audio/mpeg")
    assert heard["Cache-Control"] == "private, no-store"
    part = client.get(answer.json()["audio"], headers={"Range": "bytes=4-6"})
    assert (part.status_code, part.content) == (206, AUDIO[4:7])
    head = client.head(answer.json()["audio"])
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.usefixtures("_speaks")
def test_without_scripts_the_form_leads_to_a_page_with_a_player(
    client: Client, listing: Listing
) -> None:
    address = f"/voices/{listing.voice.slug}/try"
    answer = client.post(address, {"line": LINE})
    trial = Trial.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/trials/{trial.public_id}")
    waiting = client.get(answer["Location"]).content.decode()
    assert 'http-equiv="refresh"' in waiting
    assert "<audio" not in waiting
    _speak()
    page = client.get(answer["Location"]).content.decode()
    assert f'<audio controls preload="none" src="/trials/{trial.public_id}.mp3">' in page
    assert f"“{LINE}”" in page
    assert 'http-equiv="refresh"' not in page


def test_a_refused_line_is_explained_with_its_code_and_can_be_changed(
    client: Client, listing: Listing
) -> None:
    line = "Please read me the six digit code we just sent you."
    told = _ask(client, listing, line)
    assert told.status_code == 403
    assert (told.json()["code"], told.json()["detail"][-1]) == ("text_refused", ".")
    answer = client.post(f"/voices/{listing.voice.slug}/try", {"line": line})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert told.json()["detail"] in page.replace("&#x27;", "'")
    assert "<code>text_refused</code>" in page
    assert f'value="{line}"' in page


@pytest.mark.usefixtures("_speaks")
def test_what_the_worker_refuses_is_explained_too(client: Client, listing: Listing) -> None:
    audio = _ask(client, listing, "Eye will kill ewe tonight.").json()["audio"]
    trial = _speak()
    told = client.get(audio)
    assert (told.status_code, told.json()["code"]) == (403, "text_refused")
    page = client.get(f"/trials/{trial.public_id}").content.decode()
    assert trial.reason in page.replace("&#x27;", "'")
    assert "<audio" not in page


@pytest.mark.parametrize(
    ("line", "code"), [("", "line_missing"), ("x" * 201, "line_too_long"), ("<speak>x</speak>", "line_marked_up")]
)  # fmt: skip
def test_what_is_no_line_is_unprocessable(
    line: str, code: str, client: Client, listing: Listing
) -> None:
    told = _ask(client, listing, line)
    assert (told.status_code, told.json()["code"]) == (422, code)


@pytest.mark.usefixtures("_speaks")
def test_nobody_else_hears_or_sees_a_trial(client: Client, listing: Listing) -> None:
    audio = _ask(client, listing).json()["audio"]
    page = audio.removesuffix(".mp3")
    _speak()
    other = Client()
    _ask(other, listing, "Another line.")
    signed_in = Client()
    signed_in.force_login(listing.voice.creator.user)
    for stranger in (Client(), other, signed_in):
        for address in (audio, page):
            assert stranger.get(address).status_code == 404
            assert stranger.head(audio).status_code == 404
    assert client.get(audio).status_code == 200
    assert client.get(page).status_code == 200


@pytest.mark.usefixtures("_speaks")
def test_a_trial_stays_with_who_signs_in_and_not_with_the_browser_after_signing_out(
    client: Client, listing: Listing
) -> None:
    audio = _ask(client, listing).json()["audio"]
    _speak()
    client.force_login(factories.make_user())
    assert client.get(audio).status_code == 200
    client.logout()
    assert client.get(audio).status_code == 404


@pytest.mark.usefixtures("_speaks")
def test_a_voice_that_is_silenced_is_not_heard_any_more(client: Client, listing: Listing) -> None:
    audio = _ask(client, listing).json()["audio"]
    _speak()
    withdrawal.revoke(consent=listing.voice.consents.get(), by=None)
    told = client.get(audio)
    assert (told.status_code, told.json()["code"]) == (404, "voice_not_found")
    page = client.get(audio.removesuffix(".mp3")).content.decode()
    assert "not on sale any more" in page
    assert "<audio" not in page


@pytest.mark.usefixtures("_speaks")
def test_audio_that_is_kept_no_longer_is_gone(client: Client, listing: Listing) -> None:
    audio = _ask(client, listing).json()["audio"]
    _speak()
    cache.clear()
    told = client.get(audio)
    assert (told.status_code, told.json()["code"]) == (410, "trial_over")


@pytest.mark.usefixtures("_speaks")
def test_a_form_of_another_site_asks_for_nothing(listing: Listing) -> None:
    answer = _ask(Client(enforce_csrf_checks=True), listing)
    assert answer.status_code == 403
    assert not Trial.objects.exists()
    assert Client().get(f"/voices/{listing.voice.slug}/try").status_code == 405


@pytest.mark.usefixtures("_speaks")
def test_no_address_that_a_form_names_is_followed(client: Client, listing: Listing) -> None:
    address = f"/voices/{listing.voice.slug}/try?next=https://evil.example"
    answer = client.post(address, {"line": LINE, "next": "https://evil.example"})
    assert answer["Location"] == f"/trials/{Trial.objects.get().public_id}"


@pytest.mark.usefixtures("_speaks")
def test_a_network_has_so_many_lines_a_minute_and_who_is_signed_in_more(
    listing: Listing, settings: Any
) -> None:
    settings.TRIALS_PER_MINUTE, settings.TRIALS_PER_MINUTE_SIGNED_IN = 2, 3
    settings.TRIALS_AT_ONCE = 99
    member = Client()
    member.force_login(factories.make_user())
    for client, most in ((Client(), 2), (member, 3)):
        for number in range(most):
            assert _ask(client, listing, f"Line {number}.").status_code == 201
        told = _ask(client, listing, "One more.")
        assert (told.status_code, told.json()["code"]) == (429, "rate_limited")
        assert told["Retry-After"] == "60"
    assert _ask(Client(), listing).status_code == 429  # another session, the same network
    assert _ask(Client(REMOTE_ADDR="192.0.2.7"), listing).status_code == 201


@pytest.mark.usefixtures("_speaks")
def test_a_network_has_so_many_lines_a_day(
    client: Client, listing: Listing, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRIALS_PER_DAY, settings.TRIALS_AT_ONCE = 2, 99
    now = [86_400.0 * 20_000]
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: now[0])
    for number in range(2):
        assert _ask(client, listing, f"Line {number}.").status_code == 201
        now[0] += 3_600
    told = _ask(client, listing, "One more.")
    assert told.status_code == 429
    assert "Sign in to go on" in told.json()["detail"]
    now[0] += 86_400
    assert _ask(client, listing, "One more.").status_code == 201


@pytest.mark.usefixtures("_speaks")
def test_who_comes_while_others_try_is_asked_to_come_back(
    client: Client, listing: Listing, settings: Any
) -> None:
    settings.TRIALS_AT_ONCE = 0
    told = _ask(client, listing)
    assert (told.status_code, told["Retry-After"]) == (503, "5")
    assert told.json()["detail"].endswith("Try again in a few seconds.")
    answer = client.post(f"/voices/{listing.voice.slug}/try", {"line": LINE})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "<code>system_busy</code>" in answer.content.decode()


@pytest.mark.usefixtures("_speaks")
def test_audio_is_heard_while_it_is_made_and_by_a_second_player_as_a_whole(
    client: Client, listing: Listing, settings: Any
) -> None:
    audio = _ask(client, listing).json()["audio"]
    trial = Trial.objects.get()
    services.begin(trial_id=trial.pk)
    sender = Sender(settings.REDIS_URL, trial.stream)
    sender.audio(b"first ")
    live = client.get(audio)
    assert live.streaming
    sender.audio(b"second")
    services.finish(trial_id=trial.pk, audio=b"first second", seconds=1.0, from_cache=False)
    sender.end(36_000)
    assert client.get(audio).content == b"first second"
    assert b"".join(live) == b"first second"


@pytest.mark.usefixtures("_speaks")
def test_a_second_player_does_not_wait_for_ever(
    client: Client, listing: Listing, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "WHOLE_AUDIO", 0.2)
    monkeypatch.setattr(hearing, "FIRST_AUDIO", 0.2)
    audio = _ask(client, listing).json()["audio"]
    for _ in range(2):
        told = client.get(audio)
        assert (told.status_code, told.json()["code"]) == (503, "system_busy")


def test_voices_are_compared_side_by_side(client: Client, listing: Listing) -> None:
    others = [factories.make_listing() for _ in range(4)]
    slugs = [each.voice.slug for each in (listing, *others)]
    page = client.get("/compare", {"voice": [slugs[0], slugs[1], slugs[0]]}).content.decode()
    assert page.count('<article class="card voice') == 2
    assert f'formaction="/voices/{slugs[1]}/try"' in page
    page = client.get("/compare", {"voice": slugs}).content.decode()
    assert page.count('<article class="card voice') == 4
    assert "these are the first" in page
    Listing.objects.filter(pk=listing.pk).update(state="draft")
    page = client.get("/compare", {"voice": [slugs[0], slugs[1], "nobody"]}).content.decode()
    assert "2 of the voices that you chose are not on sale" in page


@pytest.mark.parametrize("query", ["", "?voice=", "?voice=%00", "?voice=" + "a" * 3_000])
def test_nothing_to_compare_is_said(query: str, client: Client) -> None:
    answer = client.get(f"/compare{query}")
    assert answer.status_code in (200, 400)


def test_cards_can_be_ticked_without_scripts(client: Client, listing: Listing) -> None:
    page = client.get("/voices").content.decode()
    assert '<form id="compare"' in page
    assert f'value="{listing.voice.slug}"' in page
