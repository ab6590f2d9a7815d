"""Who holds the places of WebSockets, and for how long."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from marketplace.api.text_streams import admission, conversation, waiting_out
from marketplace.api.text_streams.admission import OpenSockets
from marketplace.api.text_streams.conversation import Conversation
from marketplace.api.text_streams.waiting_out import Tries, Turns
from marketplace.refusals import SpeechRefused

_SCOPE = {
    "type": "websocket", "scheme": "wss", "asgi": {}, "client": ("10.0.0.1", 1), "server": None,
    "headers": [], "query_string": b"",
}  # fmt: skip


def test_keys_that_are_not_checked_yet_are_few_from_one_line() -> None:
    sockets = OpenSockets()
    places = [
        sockets.open("192.0.2.1", waits=False) for _ in range(admission.UNPROVEN_FROM_ONE_SITE)
    ]
    with pytest.raises(SpeechRefused, match="until it is checked"):
        sockets.open("192.0.2.1", waits=False)
    sockets.open("192.0.2.2", waits=False)
    places[0].belongs_to(1)
    sockets.open("192.0.2.1", waits=False)
    places[1].leave()
    sockets.open("192.0.2.1", waits=False)


def _talk(receive: Any, send: Any) -> Conversation:
    place = OpenSockets().open("192.0.2.1", waits=True)
    return Conversation(None, _SCOPE, receive, send, place, voice="v", several=True)


def test_a_refusal_that_nobody_reads_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "REFUSED_WITHIN", 0.1, raising=False)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.receive", "text": "no JSON"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] != "websocket.accept":
            await asyncio.Event().wait()

    async def hold() -> None:
        async with asyncio.timeout(5):
            await _talk(receive, send).hold()

    asyncio.run(hold())


def test_ten_accounts_leave_places_for_others() -> None:
    sockets = OpenSockets()
    for account in range(10):
        for line in range(admission.OF_ONE_ACCOUNT):
            place = sockets.open(f"192.0.2.{line}", waits=False)
            try:
                place.belongs_to(account)
            except SpeechRefused:
                place.leave()
    assert 500 < len(sockets) < 700
    for line in range(admission.OF_ONE_ACCOUNT_AT_LEAST):
        sockets.open(f"192.0.2.{line}", waits=False).belongs_to(10)


def _taken(sockets: OpenSockets, line: str, *, by_page: bool) -> int:
    """How many places of an account one line gets."""
    for number in range(admission.OF_ONE_ACCOUNT + 1):
        place = sockets.open(line, waits=False)
        try:
            place.belongs_to(1, by_page=by_page)
        except SpeechRefused as refused:
            assert refused.code == "too_many_connections"
            place.leave()
            return number
    raise AssertionError


def test_whoever_copied_a_pages_key_leaves_its_owner_places() -> None:
    sockets = OpenSockets()
    assert _taken(sockets, "203.0.113.7", by_page=True) <= admission.OF_ONE_ACCOUNT // 5
    assert _taken(sockets, "203.0.113.8", by_page=True) > 0  # another visitor
    for line in range(100):
        _taken(sockets, f"192.0.2.{line}", by_page=True)
    assert len(sockets) <= admission.OF_ONE_ACCOUNT // 2
    assert _taken(sockets, "198.51.100.1", by_page=False) > 20


def test_a_visitor_who_leaves_makes_room_for_another_on_their_line() -> None:
    sockets = OpenSockets()
    first = sockets.open("203.0.113.7", waits=False)
    first.belongs_to(1, by_page=True)
    full = _taken(sockets, "203.0.113.7", by_page=True)
    assert full > 0
    first.leave()
    assert _taken(sockets, "203.0.113.7", by_page=True) == 1


def _limited() -> SpeechRefused:
    return SpeechRefused(429, "rate_limited", "Too many.")


def test_a_limit_per_minute_is_waited_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 90.0)
    turns = Turns()
    Tries(turns).after(_limited())
    assert 29.0 < turns.wait < 31.0


def test_the_texts_of_a_connection_try_again_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_out, "FIRST_DELAY", 0.01)
    now: list[int] = []
    together: list[int] = []

    async def speak(turns: Turns) -> None:
        tries = Tries(turns)
        tries.after(SpeechRefused(429, "too_many_streams", "Too many."))
        async with tries.turn():
            now.append(1)
            together.append(len(now))
            await asyncio.sleep(0.01)
            now.pop()

    async def all_speak() -> None:
        turns = Turns()
        await asyncio.gather(*(speak(turns) for _ in range(5)))

    asyncio.run(all_speak())
    assert together == [1] * 5


def test_who_waited_too_long_for_others_asks_no_more() -> None:
    async def wait() -> None:
        tries = Tries(Turns())
        with pytest.raises(SpeechRefused):
            tries.after(SpeechRefused(402, "quota_exceeded", "Nothing is left."))
        with pytest.raises(SpeechRefused, match="Nothing is left"):
            async with tries.turn():
                pytest.fail("it was tried")

    asyncio.run(wait())


def test_a_mistake_of_ours_stops_what_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[str] = []

    class Speaking:
        is_busy = True

        async def cancel(self) -> None:
            stopped.append("here")

    async def receive() -> dict[str, Any]:
        raise RuntimeError

    async def send(message: dict[str, Any]) -> None:
        pass

    async def hold() -> None:
        talk = _talk(receive, send)
        talk._contexts.add(Speaking())  # type: ignore[arg-type]
        with pytest.raises(RuntimeError):
            await talk.hold()

    asyncio.run(hold())
    assert stopped == ["here"]
