"""Who holds the places of WebSockets, and for how long."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from marketplace.api.text_streams import admission, conversation
from marketplace.api.text_streams.admission import OpenSockets
from marketplace.api.text_streams.conversation import Conversation
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
