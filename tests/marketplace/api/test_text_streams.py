"""Speech over WebSockets: the rules of HTTP hold for every stretch of text."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from marketplace.api.text_streams import admission, conversation
from marketplace.licensing import api_keys, key_origins
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.policy.models import Refusal
from marketplace.policy.services import text_of
from tests import factories
from tests.marketplace.api.socket_site import (
    PATIENCE,
    SocketSite,
    read_all,
    read_until_final,
    running_site,
)
from tests.tones import RATE, WORD, speak_tones

pytestmark = pytest.mark.django_db(transaction=True)  # the site answers from another thread
PAGE = "https://app.example.com"


@pytest.fixture
def site() -> Iterator[SocketSite]:
    with running_site() as site:
        yield site


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> tuple[ApiKey, str, str]:
    """A key, its secret, and the voice that it speaks with."""
    speak_tones(monkeypatch)
    licence = factories.make_licence(factories.make_listing(characters=10_000))
    key, secret = factories.make_key(licence)
    return key, secret, licence.voice.slug


def _address(voice: str, *, several: bool = False, more: str = "") -> str:
    name = "multi-stream-input" if several else "stream-input"
    return f"/v1/text-to-speech/{voice}/{name}?output_format=pcm_24000{more}"


def _send(connection: ClientConnection, *messages: dict[str, Any]) -> None:
    for message in messages:
        connection.send(json.dumps(message))


def _seconds(messages: list[dict[str, Any]]) -> float:
    audio = [base64.b64decode(each["audio"]) for each in messages if each.get("audio")]
    return sum(map(len, audio)) / 2 / RATE


def _texts() -> list[int]:
    """The characters of what was spoken, one number for each stretch."""
    return list(Generation.objects.order_by("pk").values_list("characters_spoken", flat=True))


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _refused(connection: ClientConnection) -> tuple[str, int]:
    """The code of the refusal that ends a connection, and that of closing."""
    told = read_all(connection)
    assert told, "closed without a word"
    return told[-1]["error"], connection.close_code or 0


def test_text_in_parts_is_spoken_sentence_by_sentence(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice), secret) as connection:
        _send(connection, {"text": " "}, {"text": "Good mor"}, {"text": "ning. The ti"})
        first = json.loads(connection.recv(PATIENCE))
        assert "".join(first["alignment"]["chars"]) == "Good morning."
        _send(connection, {"text": "de comes in at noon"}, {"text": ""})
        rest = read_all(connection)
        assert connection.close_code == 1000
    assert rest[-1] == {"audio": None, "isFinal": True}
    told = [each["alignment"]["chars"] for each in rest if each.get("alignment")]
    assert ["".join(chars) for chars in told] == [" The tide comes in at noon"]
    assert _seconds([first, *rest]) == pytest.approx(8 * WORD, abs=0.1)
    assert _texts() == [len("Good morning."), len("The tide comes in at noon")]
    assert first["timbre"]["generation_id"] == str(Generation.objects.earliest("pk").public_id)


def test_an_abbreviation_ends_no_sentence(site: SocketSite, key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    with site.open(_address(voice), secret) as connection:
        for part in ("Ask ", "Dr. ", "Lee. ", ""):
            _send(connection, {"text": part, "try_trigger_generation": True})
        read_all(connection)
    assert _texts() == [len("Ask Dr. Lee.")]


def test_ssml_in_parts_is_one_document(site: SocketSite, key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    with site.open(_address(voice, more="&auto_mode=true"), secret) as connection:
        for part in ("<spe", "ak>Good <br", 'eak time="1s"/> morning. The', " tide.</speak>", ""):
            _send(connection, {"text": part})
        told = read_all(connection)
    assert told[-1]["isFinal"], told
    assert len(_texts()) == 1


@pytest.mark.parametrize("flush", [False, True])
def test_words_split_over_messages_are_judged_together(
    flush: bool, site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice), secret) as connection:
        for part in ("I will ", "kill ", "you tonight. "):
            _send(connection, {"text": part, "flush": flush})
        _send(connection, {"text": ""})
        assert _refused(connection) == ("text_refused", 1008)
    assert Refusal.objects.count() == 1
    assert "kill you" in " ".join(_refused_texts())


@pytest.mark.parametrize(
    "first",
    [
        "<speak>I am going to <sub alias='kill'>call</sub></speak>",
        "<speak>I am going to <phoneme ph='k\u026al'>call</phoneme></speak>",
    ],
)
def test_what_follows_is_judged_with_what_was_heard_and_not_with_what_was_written(
    first: str, site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice), secret) as connection:
        _send(connection, {"text": first, "flush": True})
        _send(connection, {"text": "you and your family. ", "flush": True}, {"text": ""})
        assert _refused(connection) == ("text_refused", 1008)
    assert "kill you and your family" in " ".join(_refused_texts())


def _refused_texts() -> list[str]:
    return [" ".join(text_of(each).split()) for each in Refusal.objects.all()]


def test_nobody_speaks_without_a_key(site: SocketSite, key: tuple[ApiKey, str, str]) -> None:
    _, _, voice = key
    for secret, code in (("", "missing_api_key"), ("tk_" + "a" * 32, "invalid_api_key")):
        with site.open(_address(voice), secret) as connection:
            _send(connection, {"text": "Hello there. "})
            assert _refused(connection) == (code, 1008)
    assert not Generation.objects.exists()


@pytest.mark.parametrize("name", ["xi-api-key", "xi_api_key", "authorization"])
@pytest.mark.parametrize("place", ["address", "message"])
def test_a_key_may_come_in_the_address_or_the_first_message(
    place: str, name: str, site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    more = f"&{name}={secret}" if place == "address" else ""
    first = {name: f"Bearer {secret}" if name == "authorization" else secret}
    with site.open(_address(voice, more=more)) as connection:
        _send(connection, {"text": " "} | (first if place == "message" else {}))
        _send(connection, {"text": "Good morning. "}, {"text": ""})
        assert read_all(connection)[-1]["isFinal"]
    assert _texts() == [len("Good morning.")]


def test_a_voice_of_nobodys_licence_is_refused_at_once(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, _ = key
    other = factories.make_listing().voice.slug
    for voice, code in ((other, "voice_not_licensed"), ("nobody", "voice_not_found")):
        with site.open(_address(voice), secret) as connection:
            assert _refused(connection) == (code, 1008)
    assert not Generation.objects.exists()


def test_a_key_that_is_revoked_speaks_no_further(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    own, secret, voice = key
    with site.open(_address(voice, several=True), secret) as connection:
        _send(connection, {"text": "Good morning. ", "context_id": "a", "flush": True})
        json.loads(connection.recv(PATIENCE))
        api_keys.revoke_key(key=own, by=own.owner)
        _send(connection, {"text": "Good night. ", "context_id": "a", "flush": True})
        assert _refused(connection) == ("key_revoked", 1008)
    assert _texts() == [len("Good morning.")]


def test_a_page_needs_its_origin_among_the_keys(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    own, secret, voice = key
    key_origins.set_origins(key=own, origins=[PAGE], by=own.owner)
    with site.open(_address(voice), secret, origin="https://evil.example") as connection:
        assert _refused(connection) == ("origin_not_allowed", 1008)
    with site.open(_address(voice), origin=PAGE) as connection:
        _send(connection, {"text": " ", "xi_api_key": secret}, {"text": "Hello. "}, {"text": ""})
        assert read_all(connection)[-1]["isFinal"]
    assert _texts() == [len("Hello.")]


def test_what_exceeds_a_licence_is_refused(site: SocketSite, key: tuple[ApiKey, str, str]) -> None:
    _, secret, voice = key
    Licence.objects.update(characters_used=9_980)
    with site.open(_address(voice), secret) as connection:
        _send(connection, {"text": "Good morning. "}, {"text": "The tide comes in at noon. "})
        _send(connection, {"text": ""})
        assert _refused(connection) == ("quota_exceeded", 1008)
    assert _texts() == [len("Good morning.")]


def test_the_same_key_of_repeats_is_charged_once(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    for _ in range(2):
        headers = {"Idempotency-Key": "once"}
        with site.open(_address(voice), secret, headers=headers) as connection:
            _send(connection, {"text": "Good morning. "}, {"text": "Noon. "}, {"text": ""})
            told = read_all(connection)
        assert _seconds(told) == pytest.approx(3 * WORD, abs=0.1)
    assert told[0]["timbre"]["replayed"] == "true"
    assert sum(_texts()) == len("Good morning.") + len("Noon.")


def test_a_refusal_of_one_text_leaves_the_others(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice, several=True), secret) as connection:
        _send(connection, {"text": "I will kill you. ", "context_id": "bad", "flush": True})
        told = read_until_final(connection)
        assert told[0]["error"] == "text_refused"
        assert {each["contextId"] for each in told} == {"bad"}
        _send(connection, {"text": "Hello. ", "context_id": "good", "flush": True})
        _send(connection, {"context_id": "good", "close_context": True})
        told = read_until_final(connection)
        assert {each["context_id"] for each in told} == {"good"}
        _send(connection, {"close_socket": True})
        read_all(connection)
        assert connection.close_code == 1000


def test_an_unfinished_sentence_of_a_closed_text_is_neither_spoken_nor_charged(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice, several=True), secret) as connection:
        _send(connection, {"text": "Good morning. The tide co", "context_id": "a"})
        _send(connection, {"context_id": "a", "close_context": True})
        told = read_until_final(connection)
    assert _seconds(told) == pytest.approx(2 * WORD, abs=0.1)
    assert _texts() == [len("Good morning.")]


def test_who_hangs_up_pays_for_what_was_spoken(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice), secret) as connection:
        _send(connection, {"text": "Good morning. The tide co"})
        connection.recv(PATIENCE)
    _until(lambda: not Generation.objects.filter(state=Generation.State.RESERVED).exists())
    assert _texts() == [len("Good morning.")]
    assert Licence.objects.get().characters_used == len("Good morning.")


# --- bounds ---


def test_ten_megabytes_are_too_much_for_a_message(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice), secret) as connection:
        with pytest.raises(ConnectionClosed):
            _send(connection, {"text": "a" * 10_000_000})
            connection.recv(PATIENCE)
        # Who still sends may find the connection reset before it has read why
        assert connection.close_code in (1009, 1006)
    assert not Generation.objects.exists()


def test_a_sentence_without_an_end_is_cut_and_a_document_without_one_refused(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice), secret) as connection:
        _send(connection, {"text": "word " * 100}, {"text": ""})
        assert read_all(connection)[-1]["isFinal"]
    with site.open(_address(voice), secret) as connection:
        for _ in range(3):
            _send(connection, {"text": "<speak>" + "word " * 400})
        assert _refused(connection) == ("text_too_long", 1008)


def test_a_silent_client_is_left(
    site: SocketSite, key: tuple[ApiKey, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "KEY_WITHIN", 0.5)
    _, secret, voice = key
    with site.open(_address(voice)) as connection:
        assert _refused(connection) == ("input_timeout_exceeded", 1008)
    with site.open(_address(voice, more="&inactivity_timeout=1"), secret) as connection:
        connection.socket.sendall(b"\x81")  # the head of a message that never comes
        assert _refused(connection) == ("input_timeout_exceeded", 1008)


def test_an_account_has_so_many_connections(
    site: SocketSite, key: tuple[ApiKey, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "OF_ONE_ACCOUNT", 3)
    _, secret, voice = key
    several = _address(voice, several=True)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(site.open(several, secret)) for _ in range(3)]
        for each in opened:
            _send(each, {"text": "Hello. ", "flush": True})
            assert json.loads(each.recv(PATIENCE))["audio"]
        refused = [stack.enter_context(site.open(several, secret)) for _ in range(2)]
        for each in refused:
            assert _refused(each) == ("too_many_connections", 1013)
    with site.open(several, secret) as connection:
        _send(connection, {"text": "Hello. ", "flush": True})
        assert json.loads(connection.recv(PATIENCE))["audio"]


def test_connections_without_a_key_are_few(
    site: SocketSite, key: tuple[ApiKey, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "WAITING_FROM_ONE_SITE", 2)
    _, secret, voice = key
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(site.open(_address(voice)))
        with pytest.raises(InvalidStatus) as refused:
            stack.enter_context(site.open(_address(voice)))
        connection = stack.enter_context(site.open(_address(voice), secret))
        _send(connection, {"text": "Hello. "})  # who has one is let in
        assert json.loads(connection.recv(PATIENCE))["audio"]
    assert refused.value.response.status_code == 429
    assert json.loads(refused.value.response.body or b"")["code"] == "too_much_at_once"


def test_there_is_no_websocket_elsewhere(site: SocketSite) -> None:
    for path in ("/", "/v1/audio/speech", "/studio"):
        with pytest.raises(InvalidStatus) as refused, site.open(path):
            pass
        assert refused.value.response.status_code == 404


@pytest.mark.parametrize(
    "message",
    ["no JSON", "[]", '"text"', "[" * 9_000, '{"text": 7}', '{"text": "\\ud800"}', b"\x00"],
)
def test_what_is_no_message_is_refused(
    message: str | bytes, site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    with site.open(_address(voice), secret) as connection:
        connection.send(message)
        assert _refused(connection) == ("invalid_request", 1008)
    assert not Generation.objects.exists()


def test_a_file_that_needs_its_length_is_no_stream(
    site: SocketSite, key: tuple[ApiKey, str, str]
) -> None:
    _, secret, voice = key
    for name in ("wav_24000", "mid_1"):
        address = f"/v1/text-to-speech/{voice}/stream-input?output_format={name}"
        with site.open(address, secret) as connection:
            assert _refused(connection) == ("invalid_output_format", 1008)
