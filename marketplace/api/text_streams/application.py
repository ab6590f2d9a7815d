"""WebSockets in front of the site."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from marketplace.api.addresses import plain_path
from marketplace.api.problems import document
from marketplace.api.text_streams.admission import OpenSockets
from marketplace.api.text_streams.conversation import Conversation
from marketplace.api.text_streams.messages import key_of
from marketplace.refusals import SpeechRefused

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[..., Awaitable[None]]

_ADDRESS = re.compile(r"/v1/text-to-speech/(?P<voice>[^/]{1,200})/(?P<several>multi-)?stream-input")


class TextStreams:
    """An ASGI application that takes WebSockets; everything else goes to the one behind it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.open = OpenSockets()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        await receive()  # the connection
        address = _ADDRESS.fullmatch(plain_path(scope["path"]))
        try:
            if address is None:
                raise SpeechRefused(404, "not_found", "No WebSocket is opened here.")
            client = (scope.get("client") or ("", 0))[0]
            place = self.open.open(client, waits=not key_of(scope))
        except SpeechRefused as refused:
            await _deny(scope, refused, send)
            return
        try:
            conversation = Conversation(
                self._app, scope, receive, send, place,
                voice=address["voice"], several=bool(address["several"]),
            )  # fmt: skip
            await conversation.hold()
        finally:
            place.leave()


async def _deny(scope: Message, refused: SpeechRefused, send: Send) -> None:
    """Answer with a problem instead of opening a WebSocket."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    if refused.status in (429, 503):
        headers.append((b"retry-after", b"5"))
    body = json.dumps(document(refused.status, refused.code, str(refused))).encode()
    start = {"type": "websocket.http.response.start", "status": refused.status}
    await send(start | {"headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
