"""Licensed speech over HTTP with the real `openai` client: formats, hanging up, stalled readers."""

from __future__ import annotations

import base64
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import elevenlabs
import elevenlabs.core
import httpx
import numpy as np
import openai
import pytest

from synthesis.audio.decoding import decode
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from tests.journeys.site import Site

pytestmark = pytest.mark.journey
TEXT = "Please leave your message after the tone. We will call you back this afternoon."
LONG = " ".join(f"This is sentence number {n} of a long story about the sea." for n in range(30))

LICENSE = """
import json, time
from marketplace.accounts.models import User
from marketplace.licensing.models import Licence
from marketplace.licensing import api_keys
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.orders import place_order
from marketplace.listings.models import Offer
from marketplace.storefront import demo
demo.VOICES = demo.VOICES[:1]
moderator = demo.load_accounts("a-long-demo-password")
demo.begin_voices()
while demo.publish_ready(moderator, lambda text: None):
    time.sleep(0.3)
buyer = User.objects.get(email="buyer@demo.timbre.example")
order = place_order(buyer=buyer, offer=Offer.objects.get(tier="personal"))
licence = fulfil_order(order_id=order.pk, payment_intent="pi_test")
print(api_keys.create_key(organization=licence.organization, name="Test", use="support", by=buyer)[1])
"""
LATEST = """
import json
from marketplace.licensing.models import Generation, Licence
g = Generation.objects.first()
print(json.dumps([g.state, g.characters_spoken, g.from_cache, Licence.objects.get().characters_used]))
"""


def _say(client: openai.OpenAI, **options: Any) -> bytes:
    request = {"model": "timbre-1", "voice": "juniper", "input": TEXT, **options}
    with client.audio.speech.with_streaming_response.create(**request) as speech:
        return b"".join(speech.iter_bytes())


def test_licensed_speech(site: Site) -> None:
    site.start()
    secret = site.run(LICENSE).strip()
    client = openai.OpenAI(base_url=site.url + "/v1", api_key=secret, max_retries=0)
    _every_format_is_whole(client)
    _a_cached_answer_is_the_same_but_for_its_mark_and_is_paid_for(site, client)
    _refusals_are_the_clients_own_errors(site, client)
    _parallel_requests_each_get_their_own_speech(client)
    _a_listener_who_hangs_up_stops_the_work(site, secret)
    _stalled_listeners_do_not_hold_up_the_site(site, secret)
    _events_carry_the_same_audio_and_its_words(site, secret)
    _the_elevenlabs_client_works_unchanged(site, secret)
    _a_repeat_with_an_idempotency_key_is_charged_once(site, secret)
    site.run(
        "from marketplace.licensing.models import ApiKey\n"
        "from marketplace.licensing.api_keys import revoke_key\n"
        "key = ApiKey.objects.get(); revoke_key(key=key, by=key.owner)"
    )
    with pytest.raises(openai.AuthenticationError):
        _say(client)
    site.stop()


def _every_format_is_whole(client: openai.OpenAI) -> None:
    lengths = {}
    for name in ("wav", "flac", "mp3", "opus", "aac"):
        spoken = decode(_say(client, response_format=name))
        lengths[name] = spoken.seconds
        heard = transcribe(spoken.samples, spoken.rate)
        assert word_error_rate(TEXT, heard) <= 0.1, (name, heard)
    pcm = _say(client, response_format="pcm")
    assert len(pcm) == round(lengths["wav"] * 24_000) * 2
    assert all(0 <= seconds - lengths["wav"] < 0.12 for seconds in lengths.values()), lengths


def _same_but_for_the_mark(one: bytes, other: bytes) -> bool:
    """Whether two PCM answers are the same speech with different watermarks."""
    first, second = (np.frombuffer(pcm, "<i2").astype(float) for pcm in (one, other))
    return bool(0 < (first - second).std() < first.std() / 10)


def _a_cached_answer_is_the_same_but_for_its_mark_and_is_paid_for(
    site: Site, client: openai.OpenAI
) -> None:
    before = json.loads(site.run(LATEST))[3]
    first, again = (_say(client, response_format="pcm") for _ in range(2))
    state, characters, cached, used = json.loads(site.run(LATEST))
    assert _same_but_for_the_mark(first, again)
    assert (state, characters, cached) == ("settled", len(TEXT), True)
    assert used == before + 2 * len(TEXT)


def _refusals_are_the_clients_own_errors(site: Site, client: openai.OpenAI) -> None:
    before = json.loads(site.run(LATEST))[3]
    with pytest.raises(openai.NotFoundError, match="nobody"):
        _say(client, voice="nobody")
    with pytest.raises(openai.UnprocessableEntityError, match="response_format"):
        _say(client, response_format="mid")
    stranger = openai.OpenAI(base_url=site.url + "/v1", api_key="tk_" + "a" * 32, max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        _say(stranger)
    assert json.loads(site.run(LATEST))[3] == before


def _events_carry_the_same_audio_and_its_words(site: Site, secret: str) -> None:
    body = {"model": "timbre-1", "voice": "juniper", "input": TEXT, "response_format": "pcm"}
    headers = {"Authorization": f"Bearer {secret}"}
    plain = httpx.post(site.url + "/v1/audio/speech", json=body, headers=headers, timeout=60)
    assert json.loads(plain.headers["Timbre-Rights"])["voice"] == "juniper"
    audio, words, kinds = b"", [], []
    asked = {**body, "stream_format": "sse", "timestamps": "word"}
    with httpx.stream(
        "POST", site.url + "/v1/audio/speech", json=asked, headers=headers, timeout=60
    ) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        for line in answer.iter_lines():
            if line.startswith("data: "):
                event = json.loads(line[6:])
                kinds.append(event["type"])
                audio += base64.b64decode(event.get("audio", ""))
                words += event.get("words", [])
    assert _same_but_for_the_mark(audio, plain.content)
    assert [word["word"] for word in words] == TEXT.split()
    assert kinds[-1] == "speech.audio.done"
    timed = httpx.post(
        site.url + "/v1/audio/speech",
        json={**body, "timestamps": "word"},
        headers=headers,
        timeout=60,
    ).json()
    assert _same_but_for_the_mark(base64.b64decode(timed["audio"]), audio)
    assert timed["words"] == words


def _the_elevenlabs_client_works_unchanged(site: Site, secret: str) -> None:
    client = elevenlabs.ElevenLabs(api_key=secret, base_url=site.url)
    assert "juniper" in [voice.voice_id for voice in client.voices.get_all().voices]
    assert [voice.voice_id for voice in client.voices.search().voices] == ["juniper"]
    assert client.voices.get("juniper").name == "Juniper"
    assert client.models.list()[0].can_do_text_to_speech
    spoken = decode(b"".join(client.text_to_speech.convert("juniper", text=TEXT)))
    assert spoken.rate == 44_100
    assert word_error_rate(TEXT, transcribe(spoken.samples, spoken.rate)) <= 0.1
    pcm = b"".join(client.text_to_speech.stream("juniper", text=TEXT, output_format="pcm_16000"))
    assert len(pcm) == pytest.approx(spoken.seconds * 32_000, rel=0.05)
    timed = client.text_to_speech.convert_with_timestamps("juniper", text=TEXT)
    assert "".join(timed.alignment.characters) == TEXT
    assert timed.alignment.character_end_times_seconds[-1] <= spoken.seconds + 0.1
    with pytest.raises(elevenlabs.core.ApiError) as error:
        list(client.text_to_speech.convert("nobody", text=TEXT))
    assert (error.value.status_code, error.value.body["detail"]["status"]) == (
        404,
        "voice_not_found",
    )
    with pytest.raises(elevenlabs.core.ApiError) as error:
        list(client.text_to_speech.convert("juniper", text=TEXT, output_format="mp3_8000_8"))
    assert error.value.body["detail"]["status"] == "invalid_output_format"


def _a_repeat_with_an_idempotency_key_is_charged_once(site: Site, secret: str) -> None:
    before = json.loads(site.run(LATEST))[3]
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "once"}
    body = {"model": "timbre-1", "voice": "juniper", "input": TEXT, "response_format": "pcm"}
    first, again = (
        httpx.post(site.url + "/v1/audio/speech", json=body, headers=headers, timeout=60)
        for _ in range(2)
    )
    assert first.content == again.content
    assert (first.headers["Character-Cost"], again.headers["Character-Cost"]) == (
        str(len(TEXT)),
        "0",
    )
    assert first.headers["X-Generation-Id"] == again.headers["X-Generation-Id"]
    assert json.loads(site.run(LATEST))[3] == before + len(TEXT)
    other = httpx.post(
        site.url + "/v1/audio/speech", json={**body, "speed": 1.1}, headers=headers, timeout=60
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def _parallel_requests_each_get_their_own_speech(client: openai.OpenAI) -> None:
    texts = [
        "Heavy snow is expected in the mountains this weekend.",
        "Our office will be closed on Monday and Tuesday.",
        "Please leave your name and your telephone number.",
    ]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda t: _say(client, input=t, response_format="wav"), texts))
    for text, answer in zip(texts, answers, strict=True):
        spoken = decode(answer)
        assert word_error_rate(text, transcribe(spoken.samples, spoken.rate)) <= 0.2


def _begin(site: Site, secret: str, text: str) -> socket.socket:
    """A raw request whose caller decides whether and how to read the answer."""
    body = json.dumps(
        {"model": "timbre-1", "voice": "juniper", "input": text, "response_format": "pcm"}
    )
    connection = socket.create_connection(("127.0.0.1", int(site.env["TIMBRE_PORT"])), timeout=60)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(
        f"POST /v1/audio/speech HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    return connection


def _a_listener_who_hangs_up_stops_the_work(site: Site, secret: str) -> None:
    connection = _begin(site, secret, LONG)
    assert b"200 OK" in connection.recv(200)
    connection.close()
    until = time.monotonic() + 30
    while json.loads(site.run(LATEST))[0] == "reserved":
        assert time.monotonic() < until, "the worker went on after the listener left"
    state, characters, _, _ = json.loads(site.run(LATEST))
    assert state == "settled"
    assert 0 < characters < len(LONG) / 2


def _stalled_listeners_do_not_hold_up_the_site(site: Site, secret: str) -> None:
    stalled = [_begin(site, secret, TEXT) for _ in range(20)]
    try:
        time.sleep(1.0)
        started = time.monotonic()
        assert all(site.answers("/voices") for _ in range(5))
        assert time.monotonic() - started < 5
    finally:
        for connection in stalled:
            connection.close()
