"""One WebSocket from its opening to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from marketplace.api.text_streams import messages
from marketplace.api.text_streams.admission import Place
from marketplace.api.text_streams.contexts import Context, Opened
from marketplace.api.text_streams.inner_request import asked, inner_scope
from marketplace.api.text_streams.messages import Told
from marketplace.refusals import Left, SpeechRefused

REFUSED_WITHIN = 5.0  # seconds until a refusal that ends a connection is taken
KEY_WITHIN = 10.0  # seconds until a message with the key comes, where it was not in the request
USUAL_SILENCE, MAX_SILENCE = 20.0, 180.0  # seconds in which neither side says anything
MAX_CONTEXTS = 10  # at once
_OF_THE_KEY = frozenset({"origin_not_allowed", "address_not_allowed", "scope_missing"})


class Conversation:
    """Messages of a client, the texts that they belong to, and what is answered.

    several: whether it has texts with ids, and outlives each.
    """

    def __init__(
        self, app: Any, scope: Mapping[str, Any], receive: Any, send: Any, place: Place, *,
        voice: str, several: bool,
    ) -> None:  # fmt: skip
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._place, self._voice, self._several = place, voice, several
        self._query, self._secret = messages.query_of(scope), messages.key_of(scope)
        self._opened: Opened | None = None
        self._named: dict[str, Context] = {}  # those that take more text
        self._contexts: set[Context] = set()  # and all that are being spoken
        self._refused: asyncio.Queue[SpeechRefused] = asyncio.Queue()
        self._patience = _patience_in(self._query)

    async def hold(self) -> None:
        """Answer until one side leaves."""
        try:
            await self._send({"type": "websocket.accept"})
            with suppress(Left):
                await self._answer()
        finally:
            await asyncio.gather(*(each.cancel() for each in self._contexts))

    async def _answer(self) -> None:
        try:
            if self._secret:
                await self._open(Told.read("{}"))
            async for told in self._messages():
                if not await self._take(told):
                    break
            await self._say_the_rest()
            await self._close(1000, "")
        except SpeechRefused as refused:
            with suppress(TimeoutError):
                async with asyncio.timeout(REFUSED_WITHIN):
                    await self._say(messages.refusal(refused))
                    await self._close(messages.close_code(refused), messages.close_reason(refused))

    async def _open(self, first: Told) -> None:
        """Ask the site whose key this is, and whether it may speak with the voice.

        Raises:
            SpeechRefused: what the site refuses, too_many_connections.
        """
        self._secret = self._secret or first.secret
        path = f"/v1/text-to-speech/{self._voice}/stream-input"
        wanted = {name: self._query[name] for name in ("output_format",) if name in self._query}
        scope = inner_scope(self._scope, "GET", path, self._secret, query=wanted)
        async with asked(self._app, scope) as answer:
            rights = await answer.document()
        self._place.belongs_to(rights["organization"], by_page=rights["by_page"])
        self._opened = Opened(
            app=self._app,
            scope=self._scope,
            query=self._query,
            voice=self._voice,
            language=rights["language"],
            secret=self._secret,
            repeated_as=messages.headers_of(self._scope).get("idempotency-key", "").strip()[:255],
        )

    async def _messages(self) -> AsyncIterator[Told]:
        """What the client sends, while it sends something in time.

        Raises:
            SpeechRefused: input_timeout_exceeded, invalid_request, and why a text was not spoken.
            Left: the client hung up.
        """
        while True:
            patience = self._patience if self._opened else min(KEY_WITHIN, self._patience)
            message = await self._received(patience)
            if message is not None:
                yield Told.read(message.get("text"))
            elif not any(each.is_busy for each in self._contexts):
                raise SpeechRefused(
                    408,
                    "input_timeout_exceeded",
                    f"Nothing came for {patience:.0f} seconds. Send an empty text to keep a text open.",
                )

    async def _received(
        self, patience: float | None, *others: asyncio.Task[Any]
    ) -> Mapping[str, Any] | None:
        """The next message; None if `patience` ends, or one of the others, before it comes.

        Raises:
            SpeechRefused: why a text was not spoken.
            Left: the client hung up.
        """
        received = asyncio.create_task(self._receive())
        refused = asyncio.create_task(self._refused.get())
        try:
            await asyncio.wait(
                {received, refused, *others}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            if received.done() and received.result()["type"] != "websocket.receive":
                raise Left
            if refused.done():
                raise refused.result()
            return received.result() if received.done() else None
        finally:
            received.cancel()
            refused.cancel()

    async def _take(self, told: Told) -> bool:
        """Act on a message; returns whether more may follow."""
        if self._opened is None:
            await self._open(told)
        if told.close_socket or (not self._several and told.text == "" and not told.flush):
            return False
        context = self._named.get(told.context) or self._begun(told)
        if context is None:
            return True
        try:
            await context.add(told, auto=self._query.get("auto_mode") == "true")
        except SpeechRefused as refused:
            await context.cancel()
            await self._tell(context, refused)
            return True
        if told.close_context and self._several:
            context.end(rest=False)
            del self._named[told.context]
        await context.has_room()
        return True

    def _begun(self, told: Told) -> Context | None:
        """A new text; None if a message begins none, as an empty one that keeps others open.

        Raises:
            SpeechRefused: too_many_contexts.
        """
        if not told.text or told.close_context:
            return None
        if len(self._contexts) >= MAX_CONTEXTS:
            raise SpeechRefused(
                429, "too_many_contexts", f"{MAX_CONTEXTS} texts at once are the limit; close one."
            )
        assert self._opened is not None
        name = told.context if self._several else None
        context = Context(self._opened, name, told, self._say, self._tell)
        self._named[told.context] = context
        self._contexts.add(context)
        context.on_done(self._forget)
        return context

    def _forget(self, context: Context) -> None:
        self._contexts.discard(context)
        for name in [name for name, each in self._named.items() if each is context]:
            del self._named[name]

    async def _tell(self, context: Context, refused: SpeechRefused) -> None:
        """Tell why a text is not spoken; that of the only one, or of the key, ends the connection."""
        if not self._several or refused.status == 401 or refused.code in _OF_THE_KEY:
            self._refused.put_nowait(refused)
            return
        await self._say(messages.refusal(refused, context.name))
        await self._say(messages.final(context.name))

    async def _say_the_rest(self) -> None:
        """Speak what has come, and read nothing more.

        Raises:
            SpeechRefused: why it is not spoken.
            Left: the client hung up.
        """
        for context in self._contexts:
            context.end(rest=not self._several)
        if not self._several and not self._contexts and self._refused.empty():
            await self._say(messages.final(None))  # nothing came
        while speaking := [each.task for each in self._contexts]:
            await self._received(None, *speaking)
            await asyncio.sleep(0)  # those that are done are forgotten
        if not self._refused.empty():
            raise self._refused.get_nowait()

    async def _say(self, message: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": message})
        except OSError as error:
            raise Left from error

    async def _close(self, code: int, reason: str) -> None:
        with suppress(OSError):
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _patience_in(query: Mapping[str, str]) -> float:
    """For how long a client wants to be silent, within limits."""
    wanted = query.get("inactivity_timeout", "")
    if not (wanted.isascii() and wanted.isdecimal()):
        return USUAL_SILENCE
    return float(min(MAX_SILENCE, max(1, int(wanted[:6]))))
