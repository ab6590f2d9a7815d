"""Requests that a WebSocket makes of the site for its client."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from marketplace.api.spoken_before import INNER, NOTICED, SPOKEN_BEFORE
from marketplace.refusals import SpeechRefused

_log = logging.getLogger(__name__)
_AHEAD = 2  # messages of an answer that wait for the client
_LEAVING = 5.0  # seconds in which the site notices that nobody is there any more
_NOT_PASSED_ON = frozenset(
    {
        b"accept-encoding", b"authorization", b"api-key", b"connection", b"content-length",
        b"content-type", b"cookie", b"idempotency-key", b"te", b"transfer-encoding", b"upgrade",
        b"xi-api-key",
    }
)  # fmt: skip
_SCHEMES = {"ws": "http", "wss": "https"}


def inner_scope(
    scope: Mapping[str, Any], method: str, path: str, secret: str, *,
    query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
    before: Sequence[str] = (), noticed: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """An HTTP request of whoever opened a WebSocket.

    before: what was sent before on the same connection, and spoken, which is judged with what follows; noticed:
    whether it was heard just now.
    """
    own = {"xi-api-key": secret, "content-type": "application/json", **(headers or {})}
    named = [(name.encode(), value.encode("latin-1", "ignore")) for name, value in own.items()]
    left_out = _NOT_PASSED_ON | {name.lower() for name, _ in named}
    passed = [
        (name, value)
        for name, value in scope["headers"]
        if name.lower() not in left_out and not name.lower().startswith(b"sec-websocket")
    ]
    return {
        "type": "http",
        "asgi": scope["asgi"],
        "http_version": "1.1",
        "method": method,
        "scheme": _SCHEMES.get(scope["scheme"], scope["scheme"]),
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(query or {}).encode(),
        "root_path": scope.get("root_path", ""),
        "headers": [*passed, *named],
        "client": scope.get("client"),
        "server": scope.get("server"),
        INNER: True,
        SPOKEN_BEFORE: before,
        NOTICED: noticed,
    }


class Answer:
    """The site's answer: its status and headers, and its body while it comes."""

    def __init__(self, started: Mapping[str, Any], messages: asyncio.Queue[Any]) -> None:
        self.status: int = started["status"]
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in started["headers"]
        }
        self._messages = messages

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            SpeechRefused: interrupted, where it breaks off.
        """
        while (message := await self._messages.get()) is not None:
            yield message.get("body", b"")
            if not message.get("more_body"):
                return
        raise SpeechRefused(
            503, "interrupted", "Speech broke off. Send the rest of the text again."
        )

    async def lines(self) -> AsyncIterator[dict[str, Any]]:
        """Each line of the body, read as JSON."""
        rest = b""
        async for part in self.body():
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                yield json.loads(line)

    async def document(self) -> dict[str, Any]:
        """The whole body, read as JSON; empty if it is none.

        Raises:
            SpeechRefused: what the site refuses.
        """
        whole = b"".join([part async for part in self.body()])
        try:
            read = json.loads(whole)
        except ValueError:
            read = {}
        if self.status == 200:
            return dict(read)
        detail = read.get("detail") if isinstance(read, dict) else None
        told = detail if isinstance(detail, dict) else {}
        raise SpeechRefused(
            self.status,
            str(told.get("code") or "server_error"),
            str(told.get("message") or "This failed on our side; nothing was charged for it."),
        )


@asynccontextmanager
async def asked(app: Any, scope: dict[str, Any], body: bytes = b"") -> AsyncIterator[Answer]:
    """Send a request into the site; who leaves early hangs up.

    Raises:
        SpeechRefused: server_error.
    """
    scope["headers"].append((b"content-length", str(len(body)).encode()))
    messages: asyncio.Queue[Any] = asyncio.Queue(_AHEAD)
    sent, gone = False, asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if not gone.is_set():
            await messages.put(message)

    async def answer() -> None:
        try:
            await app(scope, receive, send)
        finally:
            if not gone.is_set():
                await messages.put(None)

    task = asyncio.create_task(answer())
    try:
        started = await messages.get()
        if started is None:
            raise SpeechRefused(500, "server_error", "This failed on our side.")
        yield Answer(started, messages)
    finally:
        gone.set()
        while not messages.empty():  # whoever waits to send finds that nobody is there
            messages.get_nowait()
        await asyncio.wait({task}, timeout=_LEAVING)
        if task.done() and not task.cancelled() and (error := task.exception()):
            _log.error("a request of a WebSocket failed", exc_info=error)
