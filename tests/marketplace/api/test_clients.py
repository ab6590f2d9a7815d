"""Speech clients work unchanged: their own requests, recorded, and what they read of the answers.

`recorded_requests.json` says for each request which version of which client sent it, and where its
source has it; KEY and VOICE stand for a key and a voice.
"""

from __future__ import annotations

import base64
import io
import json
import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import elevenlabs
import elevenlabs.core
import httpx
import httpx2
import openai
import pytest
from django.core.cache import cache

from marketplace.api import pagination
from marketplace.api.views.catalogue import LISTED, WHOLE
from marketplace.licensing.models import ApiKey, Generation
from tests import factories
from tests.tones import RATE, WORD, Answer, ask, speak_tones

pytestmark = pytest.mark.django_db
TEXT = "Good morning. The tide comes in at noon."
SECONDS = len(TEXT.split()) * WORD
REQUESTS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "recorded_requests.json").read_text()
)


def _named(requests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{each['client']}: {each['what']}": each for each in requests}


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> tuple[ApiKey, str, str]:
    """A key, its secret, and the voice that it speaks with."""
    speak_tones(monkeypatch)
    licence = factories.make_licence(factories.make_listing(characters=100_000))
    key, secret = factories.make_key(licence)
    return key, secret, licence.voice.slug


def _replay(recorded: dict[str, Any], secret: str, voice: str) -> Answer:
    def filled(text: str) -> str:
        return text.replace("KEY", secret).replace("VOICE", voice)

    headers = {name: filled(value) for name, value in recorded["headers"].items()}
    body = recorded["body"]
    data = filled(body if isinstance(body, str) else json.dumps(body)).encode() if body else b""
    return ask(recorded["method"], filled(recorded["path"]), headers, data)


def _expect(recorded: dict[str, Any], answer: Answer) -> None:
    expected = recorded["expect"]
    assert answer.status == expected["status"], answer.body[:400]
    assert answer.headers["content-type"].startswith(expected["type"])
    told, ignored = answer.headers.get("timbre-ignored", ""), expected.get("ignored", "")
    assert sorted(told.split(", ")) == sorted(ignored.split(", "))
    if "code" in expected:
        read = json.loads(answer.body)
        assert expected["code"] in (
            read.get("code"),
            (read["error"] if "error" in read else read["detail"])["code"],
        )


@pytest.mark.parametrize("name", _named(REQUESTS))
def test_a_recorded_request_is_answered(name: str, key: tuple[ApiKey, str, str]) -> None:
    recorded = _named(REQUESTS)[name]
    _, secret, voice = key
    _expect(recorded, _replay(recorded, secret, voice))


# --- what clients read of the answers ---


def _ask_json(method: str, address: str, secret: str = "", body: Any = None) -> Answer:
    headers = {"Content-Type": "application/json"}
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    return ask(method, address, headers, json.dumps(body).encode() if body is not None else b"")


def _speech(secret: str, voice: str, **options: Any) -> Answer:
    body = {"model": "tts-1", "voice": voice, "input": TEXT, **options}
    return _ask_json("POST", "/v1/audio/speech", secret, body)


def _seconds_of(audio: bytes) -> float:
    """How long a player says that a file is, by its header or its frames."""
    with av.open(io.BytesIO(audio)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        return float(samples / container.streams.audio[0].rate)


def _events(answer: Answer) -> Iterator[dict[str, Any]]:
    """Server-sent events as LiveKit's plugin for OpenAI reads them."""
    for line in answer.body.decode().splitlines():
        if line.startswith("data: "):
            yield json.loads(line[6:])


def test_events_hold_the_audio_where_clients_look_for_it(key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    answer = _speech(
        secret, voice, model="gpt-4o-mini-tts", stream_format="sse", response_format="pcm"
    )
    events = list(_events(answer))
    audio = b"".join(
        base64.b64decode(event.get("delta", "") or event.get("audio", "")) for event in events
    )
    assert len(audio) == pytest.approx(2 * RATE * SECONDS, rel=0.01)
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["input_tokens"] == len(TEXT)


def test_open_webui_reads_voices_and_models(key: tuple[ApiKey, str, str]) -> None:
    _, _, slug = key
    cache.delete(LISTED)  # another test's voices
    voices = json.loads(_ask_json("GET", "/v1/audio/voices").body)["voices"]
    assert slug in {voice["id"]: voice["name"] for voice in voices}
    models = json.loads(_ask_json("GET", "/v1/audio/models").body)["models"]
    assert {"timbre-1", "tts-1"} <= {model["id"] for model in models}


def _words_of(alignments: list[dict[str, Any]]) -> list[str]:
    """Words as Pipecat joins them from the characters of one chunk after another."""
    words, word = [], ""
    for alignment in alignments:
        for character in alignment["characters"]:
            if character == " ":
                words += [word] if word else []
                word = ""
            else:
                word += character
    return [*words, *([word] if word else [])]


@pytest.mark.parametrize(
    "text", [TEXT, f"<speak><p><s>{TEXT.partition('. ')[0]}.</s><s>{TEXT.partition('. ')[2]}</s></p></speak>"]
)  # fmt: skip
def test_words_stay_apart_across_sentences(text: str, key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    lines = [
        json.loads(line)
        for line in _ask_json(
            "POST", f"/v1/text-to-speech/{voice}/stream/with-timestamps", secret, {"text": text}
        ).body.splitlines()
    ]
    alignments = [line["alignment"] for line in lines if line["alignment"]]
    assert len(alignments) > 1
    assert _words_of(alignments) == TEXT.split()


def test_one_document_of_wav_or_flac_holds_its_true_length(key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    for name in ("wav", "flac"):
        answer = _speech(secret, voice, response_format=name, timestamps="word")
        audio = base64.b64decode(json.loads(answer.body)["audio"])
        assert _seconds_of(audio) == pytest.approx(SECONDS, abs=0.05)
        if name == "wav":
            with wave.open(io.BytesIO(audio)) as file:
                assert file.getnframes() == pytest.approx(SECONDS * RATE, rel=0.01)
                assert len(audio) == 44 + 2 * file.getnframes()
                assert struct.unpack("<I", audio[4:8])[0] == len(audio) - 8
        else:
            with av.open(io.BytesIO(audio)) as container:
                assert container.duration == pytest.approx(SECONDS * 1e6, rel=0.01)


def test_wav_that_isnt_streamed_holds_its_true_length(key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    body = {"text": TEXT}
    address = f"/v1/text-to-speech/{voice}"
    for rate in (16_000, 24_000):
        whole = _ask_json("POST", f"{address}?output_format=wav_{rate}", secret, body)
        with wave.open(io.BytesIO(whole.body)) as file:
            assert file.getframerate() == rate
            assert len(whole.body) == 44 + 2 * file.getnframes()
            assert file.getnframes() == pytest.approx(SECONDS * rate, rel=0.01)
    streamed = _ask_json("POST", f"{address}/stream?output_format=wav_24000", secret, body)
    assert struct.unpack("<I", streamed.body[40:44])[0] == 0xFFFFFFFF


# --- the clients themselves, as they are installed ---


class _Site(httpx.BaseTransport):
    """Takes a client's requests to the site."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = ask(request.method, request.url.raw_path.decode(), request.headers, request.read())
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


class _NewerSite(httpx2.BaseTransport):
    """The same for what OpenAI's client is built on."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = ask(request.method, request.url.raw_path.decode(), request.headers, request.read())
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.body)


def _openai(secret: str) -> openai.OpenAI:
    return openai.OpenAI(
        base_url="http://testserver/v1/", api_key=secret, max_retries=0,
        http_client=httpx2.Client(transport=_NewerSite()),
    )  # fmt: skip


def _elevenlabs(secret: str) -> elevenlabs.ElevenLabs:
    return elevenlabs.ElevenLabs(
        base_url="http://testserver",
        api_key=secret,
        httpx_client=httpx.Client(transport=_Site()),
    )


def test_the_openai_client_speaks_with_all_it_can_send(key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    client = _openai(secret)
    assert "tts-1" in [model.id for model in client.models.list()]
    assert client.models.retrieve("gpt-4o-mini-tts").id == "gpt-4o-mini-tts"
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice=voice, input=TEXT, instructions="Be cheerful.", speed=2.0,
        response_format="pcm", extra_body={"user": "42", "stream_format": None, "lexicon": None},
    ) as speech:  # fmt: skip
        assert len(speech.read()) == pytest.approx(2 * RATE * SECONDS / 2, rel=0.01)
        assert speech.headers["Timbre-Ignored"] == "instructions, user"


def test_the_openai_client_is_told_how_to_name_a_voice(key: tuple[ApiKey, str, str]) -> None:
    _, secret, _ = key
    with pytest.raises(openai.NotFoundError, match=r"'alloy'.*GET /v1/audio/voices") as error:
        _openai(secret).audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    assert error.value.code == "voice_not_found"
    assert not Generation.objects.exists()


def test_what_is_ours_alone_is_still_checked(key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    for wrong in (
        {"model": "whisper-1"}, {"speed": 9}, {"speed": "nan"}, {"speed": 10**400},
        {"response_format": "mid"}, {"use": "mood"}, {"timestamps": "letter"},
    ):  # fmt: skip
        answer = _speech(secret, voice, **wrong)
        assert answer.status == 422, wrong
        assert json.loads(answer.body)["error"]["param"] == next(iter(wrong))
    assert not Generation.objects.exists()


def test_the_elevenlabs_client_reads_account_voices_and_models(
    key: tuple[ApiKey, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, secret, voice = key
    monkeypatch.setattr(pagination, "DEFAULT", 3)
    for _ in range(6):
        factories.make_listing()
    cache.delete(f"{WHOLE}-USD")  # another test's voices
    client = _elevenlabs(secret)
    user = client.user.get()
    assert user.subscription.character_limit == 100_000
    assert client.user.subscription.get().character_count == 0
    assert voice in [each.voice_id for each in client.voices.get_all().voices]
    assert len(client.voices.get_all().voices) == 7
    seen, token = [], None
    while True:
        page = client.voices.search(page_size=3, next_page_token=token)
        seen += [each.voice_id for each in page.voices]
        assert page.total_count == 7
        if not page.has_more:
            break
        token = page.next_page_token
    assert len(set(seen)) == 7
    assert "eleven_multilingual_v2" in [model.model_id for model in client.models.list()]
    assert own.prefix == user.xi_api_key_preview


def test_the_elevenlabs_client_speaks_with_all_it_can_send(key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    client = _elevenlabs(secret)
    with client.text_to_speech.with_raw_response.stream(
        voice, text=TEXT, model_id="eleven_v9", output_format="pcm_24000", seed=7, language_code="en",
        optimize_streaming_latency=3, enable_logging=False, apply_text_normalization="off",
        previous_text="Before.", voice_settings=elevenlabs.VoiceSettings(stability=0.5, speed=2.0),
    ) as answer:  # fmt: skip
        audio = b"".join(answer.data)
        ignored = set(answer.headers["timbre-ignored"].split(", "))
    assert len(audio) == pytest.approx(2 * RATE * SECONDS / 2, rel=0.01)
    assert ignored == {
        "seed", "language_code", "previous_text", "model_id", "apply_text_normalization",
        "voice_settings.stability", "optimize_streaming_latency", "enable_logging",
    }  # fmt: skip


def test_the_elevenlabs_client_reads_who_it_isnt(key: tuple[ApiKey, str, str]) -> None:
    for wrong in ("tk_" + "a" * 32, ""):
        with pytest.raises(elevenlabs.core.ApiError) as error:
            _elevenlabs(wrong).user.get()
        assert error.value.status_code == 401
        assert error.value.body["detail"]["status"] == (
            "invalid_api_key" if wrong else "missing_api_key"
        )
