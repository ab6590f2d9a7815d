"""Clients that send text over a WebSocket: their own messages, and what they read of the answers.

`recorded_sockets.json` says which version of which client sends them, and where its source has it;
the `elevenlabs` client is here itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import elevenlabs
import elevenlabs.core
import pytest

from marketplace.licensing.models import Generation
from tests import factories
from tests.marketplace.api.socket_site import SocketSite, read_all, running_site
from tests.tones import RATE, WORD, speak_tones

pytestmark = pytest.mark.django_db(transaction=True)  # the site answers from another thread
TEXT = "Good morning. The tide comes in at noon."
SECONDS = len(TEXT.split()) * WORD
RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "recorded_sockets.json").read_text()
)
NAMED = {f"{each['client']}: {each['what']}": each for each in RECORDED}


@pytest.fixture
def site() -> Iterator[SocketSite]:
    with running_site() as site:
        yield site


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A key's secret, and the voice that it speaks with."""
    speak_tones(monkeypatch)
    licence = factories.make_licence(factories.make_listing(characters=10_000))
    return factories.make_key(licence)[1], licence.voice.slug


def _word_times(alignments: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """Words and when they begin, as Pipecat counts: each message begins where the last one ended."""
    found, word, begun, clock = [], "", 0.0, 0.0
    for each in alignments:
        for char, start in zip(each["chars"], each["charStartTimesMs"], strict=True):
            if char == " ":
                found += [(word, begun)] if word else []
                word = ""
                continue
            begun = begun if word else clock + start / 1000
            word += char
        clock += (each["charStartTimesMs"][-1] + each["charDurationsMs"][-1]) / 1000
    return [*found, *([(word, begun)] if word else [])]


@pytest.mark.parametrize("name", NAMED)
def test_recorded_messages_are_spoken(name: str, site: SocketSite, key: tuple[str, str]) -> None:
    recorded = NAMED[name]
    secret, voice = key
    path = recorded["path"].replace("VOICE", voice)
    with site.open(path, secret) as connection:
        for message in recorded["messages"]:
            connection.send(json.dumps(message))
        told = read_all(connection)
        assert connection.close_code == 1000
    assert [each for each in told if "error" in each] == []
    context = recorded["messages"][-2]["context_id"]
    assert {each["contextId"] for each in told} == {context}
    assert [each["isFinal"] for each in told] == [None] * (len(told) - 1) + [True]
    alignments = [each["alignment"] for each in told if each.get("alignment")]
    assert [each["normalizedAlignment"] for each in told if each.get("alignment")] == alignments
    times = _word_times(alignments)
    assert [word for word, _ in times] == TEXT.split()
    audio = b"".join(base64.b64decode(each["audio"]) for each in told if each.get("audio"))
    pace = recorded["bytes_per_second"]
    if pace:
        assert len(audio) / pace == pytest.approx(SECONDS, abs=0.1)
        assert [begun for _, begun in times] == pytest.approx(
            [n * WORD for n in range(len(times))], abs=0.05
        )
    assert sum(Generation.objects.values_list("characters_spoken", flat=True)) in (
        len(TEXT), len(TEXT) - 1,  # without the space between sentences that are spoken apart
    )  # fmt: skip


def _client(site: SocketSite, secret: str) -> elevenlabs.ElevenLabs:
    client = elevenlabs.ElevenLabs(base_url=site.url.replace("ws:", "http:"), api_key=secret)
    client.text_to_speech._ws_base_url = site.url  # which it always takes to have TLS
    return client


def _words() -> Iterator[str]:
    for word in TEXT.split():
        yield f"{word} "


def test_the_elevenlabs_client_speaks_while_text_comes(
    site: SocketSite, key: tuple[str, str]
) -> None:
    secret, voice = key
    audio = _client(site, secret).text_to_speech.convert_realtime(
        voice, text=_words(), model_id="eleven_flash_v2_5", output_format="pcm_24000",
        voice_settings=elevenlabs.VoiceSettings(stability=0.5, speed=2.0),
    )  # fmt: skip
    seconds = len(b"".join(audio)) / 2 / RATE
    assert seconds == pytest.approx(SECONDS / 2, abs=0.1)
    assert list(Generation.objects.order_by("pk").values_list("characters_spoken", flat=True)) == [
        len("Good morning."), len("The tide comes in at noon."),
    ]  # fmt: skip


def test_the_elevenlabs_client_reads_why_it_is_refused(
    site: SocketSite, key: tuple[str, str]
) -> None:
    secret, _ = key
    other = factories.make_listing().voice.slug
    with pytest.raises(elevenlabs.core.ApiError, match="voice_not_licensed"):
        list(_client(site, secret).text_to_speech.convert_realtime(other, text=_words()))
    assert not Generation.objects.exists()
