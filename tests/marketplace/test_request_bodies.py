"""Bodies of requests are refused by their size before they are spooled, and bounded by address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from marketplace import request_bodies
from marketplace.request_bodies import FROM_ONE_ADDRESS, LimitedBodies, limit_of
from tests import factories

MEGABYTE = 1 << 20
RECORDINGS = "/studio/voices/3f0e/recordings"


class Spooling:
    """An application that reads the whole body, as Django does."""

    def __init__(self) -> None:
        self.read = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.read += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def _ask(
    path: str, parts: Iterable[bytes], *, app: Any = None, method: str = "POST",
    headers: Iterable[tuple[bytes, bytes]] = (), client: str = "203.0.113.7",
) -> tuple[int, bytes, int]:  # fmt: skip
    """Status and body of the answer, and the bytes that the application behind has read."""
    spooling, sent = Spooling(), []
    chunks = list(parts)
    messages = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks) - 1}
        for number, chunk in enumerate(chunks)
    ]

    async def receive() -> Any:
        if not messages:
            await asyncio.Event().wait()  # for who hangs up, which nobody does
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    limited = app or LimitedBodies(spooling)
    scope = {
        "type": "http", "method": method, "path": path, "headers": list(headers),
        "client": (client, 1),
    }  # fmt: skip
    asyncio.run(limited(scope, receive, send))
    return sent[0]["status"], sent[-1]["body"], spooling.read


def _length(size: int) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", str(size).encode())]


@pytest.mark.parametrize(
    ("method", "path", "size"),
    [
        ("GET", "/healthz", MEGABYTE),
        ("POST", "/healthz", 400 * MEGABYTE),
        ("POST", "/v1/audio/speech", 6 * MEGABYTE),
        ("POST", "/origin", 120 * MEGABYTE),
        ("POST", RECORDINGS, 2_000 * MEGABYTE),
    ],
)
def test_what_declares_to_be_too_large_is_refused_unread(method: str, path: str, size: int) -> None:
    status, _, read = _ask(path, [b"x" * 65_536], method=method, headers=_length(size))
    assert (status, read) == (413, 0)


def test_what_does_not_say_how_long_it_is_is_refused_once_it_is_too_long() -> None:
    status, body, read = _ask("/v1/audio/speech", [b"x" * MEGABYTE] * 100)
    assert status == 413
    assert json.loads(body)["code"] == "body_too_large"
    assert read <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_what_declares_less_than_it_sends_is_counted_all_the_same() -> None:
    status, _, read = _ask("/v1/keys", [b"x" * MEGABYTE] * 100, headers=_length(10))
    assert status == 413
    assert read <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/account/profile", "/voices/juniper/try"]
)
def test_the_form_of_a_page_is_no_larger_than_what_people_type(path: str) -> None:
    assert _ask(path, [b"x"], headers=_length(MEGABYTE))[0] == 413
    assert _ask(path, [b"x" * 200_000], headers=_length(200_000))[0] == 200


@pytest.mark.parametrize(
    "path", ["/v1/speech-jobs", "/v2/voices", "/webhooks/stripe", "/lexicons/1/import"]
)
def test_programs_and_files_of_words_may_send_more(path: str) -> None:
    assert _ask(path, [b"x" * MEGABYTE], headers=_length(MEGABYTE))[0] == 200


def test_what_fits_arrives() -> None:
    status, _, read = _ask("/origin", [b"x" * MEGABYTE] * 15, headers=_length(15 * MEGABYTE))
    assert (status, read) == (200, 15 * MEGABYTE)


def test_one_address_does_not_fill_the_web_server_and_leaves_room_for_another() -> None:
    app = LimitedBodies(Spooling())
    app._waiting["203.0.113.7"] = FROM_ONE_ADDRESS - MEGABYTE
    asked = {"path": "/origin", "parts": [b"x" * 2 * MEGABYTE], "app": app}
    assert _ask(**asked)[0] == 429
    assert _ask(**asked, client="203.0.113.8")[0] == 200
    assert app._waiting == {"203.0.113.7": FROM_ONE_ADDRESS - MEGABYTE}


def test_a_body_that_trickles_in_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "PATIENCE", -10.0)
    assert _ask("/origin", [b"x"] * 3)[0] == 408


@pytest.mark.django_db(transaction=True)
def test_only_creators_who_are_signed_in_send_many_recordings_at_once() -> None:
    large = _length(100 * MEGABYTE)
    assert _ask(RECORDINGS, [b"x"], headers=large)[0] == 413
    client = Client()
    client.get("/my-voice")
    client.force_login(factories.make_user())
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = (b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())
    assert _ask(RECORDINGS, [b"x"], headers=[*large, cookie])[0] == 200
    forged = (b"cookie", f"{settings.SESSION_COOKIE_NAME}=anything".encode())
    assert _ask(RECORDINGS, [b"x"], headers=[*large, forged])[0] == 413


def test_the_site_itself_answers_behind_the_limits() -> None:
    from marketplace.asgi import application

    status, _, _ = _ask(
        "/healthz", [b""], app=application, method="GET", headers=[(b"host", b"localhost")]
    )
    assert status in (200, 503)
    assert isinstance(application, LimitedBodies)
    assert limit_of("POST", "/healthz") < 10 * MEGABYTE


def _upload(app: LimitedBodies, address: str, chunks: int, statuses: list[int]) -> Any:
    """An upload of whole megabytes that stalls before its last byte."""
    left = [chunks]

    async def receive() -> Any:
        if not left[0]:
            await asyncio.Event().wait()
        left[0] -= 1
        return {"type": "http.request", "body": b"x" * MEGABYTE, "more_body": True}

    async def send(message: Any) -> None:
        if "status" in message:
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/origin",
        "client": (address, 1),
        "headers": [],
    }
    return app(scope, receive, send)


def test_a_body_that_stalls_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "PATIENCE", 0.05)
    app, statuses = LimitedBodies(Spooling()), list[int]()
    asyncio.run(_upload(app, "203.0.113.7", 3, statuses))
    assert statuses == [408]
    assert not app._waiting


def test_the_networks_of_one_home_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "PATIENCE", 0.2)
    app, statuses = LimitedBodies(Spooling()), list[int]()

    async def attack() -> None:
        await asyncio.gather(
            *(_upload(app, f"2001:db8:0:{n:x}::1", 15, statuses) for n in range(8))
        )

    asyncio.run(attack())
    assert statuses.count(429) >= 3


def test_small_bodies_have_room_while_large_ones_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "ALTOGETHER", 40 * MEGABYTE)
    monkeypatch.setattr(request_bodies, "FOR_SMALL", 10 * MEGABYTE)
    app, statuses = LimitedBodies(Spooling()), list[int]()

    async def attack() -> int:
        held = [
            asyncio.create_task(_upload(app, f"198.51.100.{n}", 10, statuses)) for n in range(5)
        ]
        await asyncio.sleep(0.1)
        status, _, _ = await asyncio.to_thread(_ask, "/v1/lexicons/x/import", [b" "], app=app)
        for task in held:
            task.cancel()
        return status

    assert asyncio.run(attack()) == 200
    assert 503 in statuses


def test_what_comes_in_drops_is_let_go_however_much_came_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(request_bodies.time, "monotonic", lambda: now[0])
    app, statuses = LimitedBodies(Spooling()), list[int]()
    parts = [b"x" * (15 * MEGABYTE)] + [b"x"] * 5

    async def receive() -> Any:
        now[0] += 20
        return {"type": "http.request", "body": parts.pop(0), "more_body": True}

    async def send(message: Any) -> None:
        if "status" in message:
            statuses.append(message["status"])

    scope = {"type": "http", "method": "POST", "path": "/origin", "client": ("a", 1), "headers": []}
    asyncio.run(app(scope, receive, send))
    assert statuses == [408]
    assert len(parts) > 1
