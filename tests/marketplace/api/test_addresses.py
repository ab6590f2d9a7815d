"""Addresses as clients put them together: slashes lead to the same place, anything else to a problem."""

from __future__ import annotations

import doctest
import json

import pytest

from marketplace.api import addresses
from tests import factories
from tests.tones import Answer, ask, speak_tones

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


def test_plain_path_does_what_its_docs_say() -> None:
    assert doctest.testmod(addresses).failed == 0


@pytest.mark.parametrize(
    "address",
    ["/v1/audio/speech", "/v1//audio/speech", "/v1/audio/speech/", "/v1///audio//speech//"],
)
def test_a_slash_too_many_loses_no_request(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    speak_tones(monkeypatch)
    key, secret = factories.make_key()
    body = {"model": "tts-1", "voice": key.licences.get().voice.slug, "input": "Good morning."}
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    answer = ask("POST", address, headers, json.dumps(body).encode())
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/mpeg")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "address", ["/v1", "/v1/", "/v2/nothing", "/v1/audio/transcriptions", "/v1/chat/completions/"]
)
def test_an_unknown_address_is_a_problem(method: str, address: str) -> None:
    answer = ask(method, address, {"Content-Type": "application/json"}, b"{}")
    assert (answer.status, answer.headers["content-type"]) == (404, PROBLEM)
    assert json.loads(answer.body)["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "address"),
    [("GET", "/v1/audio/speech"), ("DELETE", "/v1/audio/speech/"), ("POST", "/v1/voices"), ("PUT", "/v1//models"),
     ("GET", "/v1/text-to-speech/x"), ("POST", "/v1/speech-jobs/audio/x"), ("POST", "/v2/voices")],
)  # fmt: skip
def test_a_wrong_method_is_a_problem(method: str, address: str) -> None:
    _, secret = factories.make_key()
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    answer = ask(method, address, headers, b"{}")
    assert answer.status == 405
    assert "json" in answer.headers["content-type"]
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


def test_a_client_whose_base_lacks_the_version_is_told_so() -> None:
    _, secret = factories.make_key()
    for name in ("Authorization", "xi-api-key", "api-key"):
        value = f"Bearer {secret}" if name == "Authorization" else secret
        answer = ask(
            "POST", "/audio/speech", {name: value, "Content-Type": "application/json"}, b"{}"
        )
        assert (answer.status, answer.headers["content-type"]) == (404, PROBLEM)
        assert "begin with /v1" in json.loads(answer.body)["detail"]
    assert ask("GET", "/audio/speech").headers["content-type"].startswith("text/html")


def test_a_key_is_taken_from_each_header_that_clients_use() -> None:
    _, secret = factories.make_key()
    for headers in (
        {"Authorization": f"Bearer {secret}"}, {"xi-api-key": secret}, {"api-key": secret},
        {"Authorization": "undefined", "api-key": secret},
    ):  # fmt: skip
        assert ask("GET", "/v1/licences", headers).status == 200, headers
    assert ask("GET", "/v1/licences", {"api-key": "tk_" + "a" * 32}).status == 401


def test_where_a_websocket_is_opened_a_request_is_told_so() -> None:
    key, secret = factories.make_key()
    voice = key.licences.get().voice.slug
    for name in ("stream-input?model_id=eleven_flash_v2_5", "multi-stream-input"):
        address = f"/v1/text-to-speech/{voice}/{name}"
        answer = ask("GET", address, {"xi-api-key": secret})
        assert (answer.status, _detail(answer)["status"]) == (426, "websocket_needed")
        assert ask("GET", address).status == 401


def test_dialogues_with_times_or_a_websocket_say_what_to_use_instead() -> None:
    for address in (
        "/v1/text-to-dialogue/stream/with-timestamps",
        "/v1/text-to-dialogue/multi-stream-input",
    ):
        answer = ask("POST", address, {"Content-Type": "application/json"}, b"{}")
        assert (answer.status, _detail(answer)["status"]) == (404, "not_offered")
        assert "/v1/text-to-speech/{voice_id}" in _detail(answer)["message"]


def _detail(answer: Answer) -> dict[str, str]:
    detail: dict[str, str] = json.loads(answer.body)["detail"]
    return detail
