"""How much of a request's body the web server takes.

Django spools the whole body of a request before anything looks at it, whoever sent it. So what is
too large is refused in front of Django: by its declared length before a byte is read, else as soon
as more has come than its address takes.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import parse_cookie

from marketplace import request_heads
from marketplace.api.addresses import API, plain_path
from marketplace.api.problems import document
from marketplace.provenance.services import MAX_UPLOAD
from marketplace.rate_limit import site_of
from marketplace.refusals import SpeechRefused
from marketplace.turns import Turns

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[..., Awaitable[None]]

FORM = 64 * 1024  # bytes of what is around a file
WITHOUT_FORM = 64 * 1024  # bytes of a request that asks for a page
PAGE = 256 * 1024  # bytes of a page's form without a file: its texts are read letter by letter
RECORDINGS_AT_ONCE = 4  # times the largest recording, in one form
FROM_ONE_ADDRESS = 3 * MAX_UPLOAD  # bytes that wait in the web server at once,
ALTOGETHER = 1 << 30  # and from all,
FOR_SMALL, SMALL = ALTOGETHER // 4, 4 << 20  # of which some is for bodies of no more than that
PATIENCE, LEAST_PACE = 30.0, 16 * 1024  # seconds, and bytes in each second of so many
_RECORDINGS = re.compile(r"/studio/voices/[^/]+/recordings")
_CLIPS = re.compile(
    r"/origin|/sounds-like|/v1/provenance/detect|/my-voice/reading|/speaker/reading/[^/]+"
    r"|/studio/consents/[^/]+/recording"
)
_OF_PROGRAMS = re.compile(r"/v[12]/.*|/webhooks/.*|/lexicons/[^/]+/import")
EVIDENCE = 5 * 1024 * 1024  # bytes of the files and texts that a bank is sent at once
_EVIDENCE = re.compile(r"/finance/disputes/\d+/evidence")
_TEXTS = {
    408: ("body_too_slow", "The request came too slowly. Send it again over a better connection."),
    413: ("body_too_large", "The request is larger than {limit:,} bytes, which is the most here."),
    429: ("too_much_at_once", "Too much is being sent from this address at once. Wait a moment."),
    503: ("system_busy", "Too much is being sent to this site at once. Try again in a moment."),
}


def _refusal(status: int, limit: int = 0) -> SpeechRefused:
    """Why a body is not taken."""
    code, text = _TEXTS[status]
    return SpeechRefused(status, code, text.format(limit=limit))


def limit_of(method: str, path: str) -> int:
    """Bytes that the body of a request may have."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return WITHOUT_FORM
    if _CLIPS.fullmatch(path):
        return MAX_UPLOAD + FORM
    if _EVIDENCE.fullmatch(path):
        return EVIDENCE + FORM
    if _RECORDINGS.fullmatch(path):
        return RECORDINGS_AT_ONCE * int(settings.UPLOAD_MAX_BYTES) + FORM
    largest = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return largest if _OF_PROGRAMS.fullmatch(path) else min(PAGE, largest)


class LimitedBodies:
    """An ASGI application behind which heads fit, and bodies are no larger than `limit_of` says."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._waiting: Counter[str] = Counter()  # bytes by the network that they come from
        self._turns = Turns()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            try:
                request_heads.require_fit(scope)
            except SpeechRefused as refused:
                await _answer_head(scope, refused, send)
                return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        turn = _Turn(scope, self._turns)
        body = _Body(scope, receive, self._waiting, turn)
        begun = False

        async def note_begin(message: Message) -> None:
            nonlocal begun
            begun = True
            turn.give_back()  # whoever reads slowly keeps nobody waiting
            await send(message)

        try:
            await body.require_fit()
            await self._app(scope, body.receive, note_begin)
            if body.refused is not None and not begun:
                raise body.refused
        except SpeechRefused as refused:
            await _answer(scope["path"], refused, send)
        finally:
            turn.give_back()
            body.release()


class _Turn:
    """The turn of one request of its line: from the end of its body until its answer begins."""

    def __init__(self, scope: Message, turns: Turns) -> None:
        self._turns, self._taken = turns, False
        self._is_of_program = plain_path(scope["path"]).startswith(API)
        self._line = (_line_of(scope), self._is_of_program)

    async def take(self) -> None:
        """Wait for it.

        Raises:
            SpeechRefused: too_much_at_once (429).
        """
        most = settings.REQUESTS_AT_ONCE
        if self._is_of_program:  # they wait for workers, of whom no organization has more than half
            most = max(most, settings.SPEECH_THREADS)
        if not await self._turns.take(self._line, most):
            raise _refusal(429)
        self._taken = True

    def give_back(self) -> None:
        """Let the next one in, once."""
        if self._taken:
            self._taken = False
            self._turns.give_back(self._line)


def _line_of(scope: Message) -> str:
    return site_of((scope.get("client") or ("", 0))[0])


class _Body:
    """The body of one request while it arrives, and what of it counts against its address."""

    def __init__(
        self, scope: Message, receive: Receive, waiting: Counter[str], turn: _Turn
    ) -> None:
        self._receive, self._waiting, self._turn = receive, waiting, turn
        self._headers = {name.lower(): value for name, value in scope["headers"]}
        self._from = _line_of(scope)
        self._limit = limit_of(scope["method"], plain_path(scope["path"]))
        self._size = 0
        self._known = False  # whether who sends this much is signed in
        self._complete = False
        self._judged_at, self._judged_size = time.monotonic(), 0
        self.refused: SpeechRefused | None = None

    async def require_fit(self) -> None:
        """Refuse a body by its declared length, before any of it is read.

        Raises:
            SpeechRefused: it is too large.
        """
        declared = self._headers.get(b"content-length", b"0").decode("latin-1").strip()
        if declared.isascii() and declared.isdecimal():
            await self._require_room(int(declared[:20]))

    async def receive(self) -> Message:
        """The next message; a disconnection where the body is refused, for which Django stops."""
        if self.refused is not None:
            return {"type": "http.disconnect"}
        if self._complete:  # from here on Django waits for a disconnection
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), PATIENCE)
        except TimeoutError:
            self.refused = _refusal(408)
            return {"type": "http.disconnect"}
        if message["type"] != "http.request":
            return message
        size = len(message.get("body", b""))
        self._waiting[self._from] += size
        self._size += size
        try:
            await self._require_room(self._size)
            self._complete = not message.get("more_body")
            self._require_pace()
            if self._complete:
                await self._turn.take()
        except SpeechRefused as refused:
            self.refused = refused
            return {"type": "http.disconnect"}
        return message

    def _require_pace(self) -> None:
        """Refuse a body that hardly grows, however much of it came before."""
        now = time.monotonic()
        if self._complete or now - self._judged_at < PATIENCE:
            return
        if self._size - self._judged_size < LEAST_PACE * PATIENCE:
            raise _refusal(408)
        self._judged_at, self._judged_size = now, self._size

    def release(self) -> None:
        """Forget the body: it has been dealt with."""
        self._waiting[self._from] -= self._size
        if self._waiting[self._from] <= 0:
            del self._waiting[self._from]

    async def _require_room(self, size: int) -> None:
        if size > self._limit:
            raise _refusal(413, self._limit)
        more = size - self._size
        room = ALTOGETHER if size <= SMALL else ALTOGETHER - FOR_SMALL
        if self._waiting.total() + more > room:
            raise _refusal(503)
        most = FROM_ONE_ADDRESS
        if size > MAX_UPLOAD + FORM:  # only creators send as much
            if not self._known and not await self._signed_in():
                raise _refusal(413, MAX_UPLOAD)
            self._known, most = True, FROM_ONE_ADDRESS + self._limit
        if self._waiting[self._from] + more > most:
            raise _refusal(429)

    async def _signed_in(self) -> bool:
        cookies = parse_cookie(self._headers.get(b"cookie", b"").decode("latin-1"))
        session = cookies.get(settings.SESSION_COOKIE_NAME)
        if not session:
            return False
        store = import_module(settings.SESSION_ENGINE).SessionStore(session)
        return await sync_to_async(store.get)(SESSION_KEY) is not None


async def _answer_head(scope: Message, refused: SpeechRefused, send: Send) -> None:
    """Tell why a head is not taken; a WebSocket that never opened can only be closed."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": refused.code})
    else:
        await _answer(scope["path"], refused, send)


async def _answer(path: str, refused: SpeechRefused, send: Send) -> None:
    """Tell why a body was not taken, and close the connection on which the rest of it comes."""
    text = str(refused)
    if plain_path(path).startswith(API):
        kind = "application/problem+json"
        body = json.dumps(document(refused.status, refused.code, text))
    else:
        kind, body = "text/plain; charset=utf-8", text
    headers = [(b"content-type", kind.encode()), (b"connection", b"close")]
    if refused.status in (429, 503):
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
