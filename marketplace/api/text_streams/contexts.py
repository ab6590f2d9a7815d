"""One text of a WebSocket: it is collected, spoken stretch by stretch, and ended."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from marketplace.api.jobs import MAX_TEXT
from marketplace.api.spoken_before import JUDGED_BEFORE
from marketplace.api.text_streams import messages
from marketplace.api.text_streams.alignment import UNSPACED, Clock
from marketplace.api.text_streams.collected_text import CollectedText
from marketplace.api.text_streams.inner_request import Answer, asked, inner_scope
from marketplace.api.text_streams.messages import Told
from marketplace.api.text_streams.waiting_out import Tries, Turns
from marketplace.refusals import Left, SpeechRefused
from synthesis.text.ssml import is_ssml
from synthesis.text.wording import Wording

TOGETHER = 1_000  # characters up to which stretches that wait are spoken as one
MAX_WAITING = 8_000  # characters that wait to be spoken; beyond, nothing more is read
MAX_OPTIONS = 2_048  # characters of JSON: settings, word lists, what is in the address
SPLIT_AT_ONCE = 1_000  # characters; more are searched for sentences beside the loop
SOMEBODY_ELSE = 60.0  # seconds of silence after which who listens may not have heard the notice
_RECORD = {  # what HTTP tells in headers
    "x-generation-id": "generation_id",
    "x-licence": "licence",
    "timbre-rights": "rights",
    "timbre-notice": "notice",
    "character-cost": "characters",
    "timbre-ignored": "ignored",
    "idempotent-replayed": "replayed",
}
_PASSED_ON = ("voice_settings", "pronunciation_dictionary_locators", "language_code", "seed")

_log = logging.getLogger(__name__)
_BODY_IN_ADDRESS = (
    "model_id", "language_code", "apply_text_normalization", "apply_language_text_normalization",
    "enable_ssml_parsing", "seed",
)  # fmt: skip
Say = Callable[[str], Awaitable[None]]
Refuse = Callable[["Context", SpeechRefused], Awaitable[None]]


@dataclass(frozen=True)
class Opened:
    """A WebSocket that was opened: of whom, for which voice, and how its audio is encoded."""

    app: Any
    scope: Mapping[str, Any]
    query: Mapping[str, str]
    voice: str
    language: str
    secret: str = field(repr=False)
    repeated_as: str  # its Idempotency-Key
    turns: Turns = field(default_factory=Turns)

    @property
    def output_format(self) -> str:
        return self.query.get("output_format") or "mp3_44100_128"


class Context:
    """A text while it comes and is spoken. name: its id, None where a WebSocket has one text alone.

    Raises:
        SpeechRefused: invalid_request.
    """

    def __init__(
        self, opened: Opened, name: str | None, first: Told, say: Say, refuse: Refuse
    ) -> None:
        self.name = name
        self._opened, self._say, self._refuse = opened, say, refuse
        self._use, self._options = _options_in(first, opened.query)
        self._collected = CollectedText(opened.language, messages.schedule_in(first.fields))
        self._gap = "" if opened.language in UNSPACED else " "
        self._clock = Clock(opened.output_format, self._gap)
        self._stretches: deque[str] = deque()
        self._came, self._number = 0, 0
        self._before: deque[tuple[str, int]] = deque()  # with how many characters were heard
        self._heard_until = float("-inf")  # when all that was spoken has been played
        self._ends = self._is_speaking = False
        self._more, self._room = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._run())

    @property
    def is_busy(self) -> bool:
        """Whether something is being spoken, or waits for it."""
        return not self.task.done() and (self._ends or bool(self._stretches) or self._is_speaking)

    async def add(self, told: Told, *, auto: bool) -> None:
        """Take more text, and let be spoken what is ready.

        auto: every message is a whole sentence or phrase.

        Raises:
            SpeechRefused: text_too_long, stream_too_long.
        """
        if self._ends or self.task.done():
            return
        text = told.text or ""
        if not (text or told.flush or told.trigger):
            return
        self._came += len(text)
        if self._came > MAX_TEXT:
            raise SpeechRefused(
                422,
                "stream_too_long",
                f"One stream takes {MAX_TEXT:,} characters; open another for the rest.",
            )
        if len(self._collected) + len(text) > settings.API_TEXT_LIMIT:
            raise SpeechRefused(
                422,
                "text_too_long",
                f"More than {settings.API_TEXT_LIMIT:,} characters came at once, or without an end of their SSML "
                "document.",
            )
        self._collected.add(text)
        if told.flush:
            self._put(self._collected.take_rest())
        elif auto:
            self._put(self._collected.take_parts())
        else:
            self._put(await self._sentences(now=told.trigger))

    async def _sentences(self, *, now: bool) -> str:
        if len(self._collected) <= SPLIT_AT_ONCE:
            return self._collected.take_sentences(now=now)
        return await asyncio.to_thread(self._collected.take_sentences, now=now)

    def end(self, *, rest: bool) -> None:
        """Take no more; speak what is whole, and with `rest` what is left."""
        if rest and not self._ends:
            self._put(self._collected.take_rest())
        self._ends = True
        self._more.set()

    async def has_room(self) -> None:
        """Wait until less waits to be spoken."""
        while sum(map(len, self._stretches)) > MAX_WAITING and not self.task.done():
            self._room.clear()
            taken = asyncio.create_task(self._room.wait())
            await asyncio.wait({self.task, taken}, return_when=asyncio.FIRST_COMPLETED)
            taken.cancel()

    async def cancel(self) -> None:
        """Stop at once; what was spoken is charged."""
        self.task.cancel()
        await asyncio.wait({self.task})

    def on_done(self, note: Callable[[Context], None]) -> None:
        self.task.add_done_callback(lambda _: note(self))

    def _put(self, stretch: str) -> None:
        if stretch:
            self._stretches.append(stretch)
            self._more.set()

    async def _run(self) -> None:
        try:
            while stretch := await self._next():
                self._is_speaking = True
                await self._speak_patiently(stretch)
                await self._remember(stretch)
                self._is_speaking = False
            await self._say(messages.final(self.name))
        except SpeechRefused as refused:
            await self._refuse(self, refused)
        except Left:
            pass  # whoever reads the connection finds it closed, too
        except Exception:
            _log.exception("a text of a WebSocket failed")
            await self._refuse(self, SpeechRefused(500, "server_error", "This failed on our side."))

    async def _remember(self, stretch: str) -> None:
        """Keep what was spoken, as far as it is judged with what follows."""
        heard = stretch
        if is_ssml(stretch):  # an alias is heard, and not what is written
            language = self._opened.language
            heard = (await asyncio.to_thread(Wording.of, stretch, language)).spoken
        self._before.append((stretch, len(heard)))
        while sum(length for _, length in self._before) - self._before[0][1] >= JUDGED_BEFORE:
            self._before.popleft()

    async def _next(self) -> str:
        """What is spoken next: as much of what waits as is short enough; empty at the end.

        How much waits depends on the moment, so what may be repeated is spoken as it came.
        """
        while not self._stretches:
            if self._ends:
                return ""
            self._more.clear()
            await self._more.wait()
        stretch = self._stretches.popleft()
        while self._stretches and not is_ssml(stretch) and not self._opened.repeated_as:
            following = self._stretches[0]
            if is_ssml(following) or len(stretch) + len(following) > TOGETHER:
                break
            stretch = f"{stretch}{self._gap}{self._stretches.popleft()}"
        self._room.set()
        return stretch

    async def _speak_patiently(self, stretch: str) -> None:
        """Speak a stretch, again after a refusal that passes by itself."""
        self._number += 1
        tries = Tries(self._opened.turns)
        while True:
            try:
                async with tries.turn() as turn:
                    await self._speak(stretch, turn)
            except SpeechRefused as refused:
                tries.after(refused)
            else:
                return

    async def _speak(self, stretch: str, turn: AsyncExitStack) -> None:
        body = json.dumps(json.loads(self._options) | {"text": stretch}).encode()
        async with asked(self._opened.app, self._scope(), body) as answer:
            if answer.status >= 400:
                await answer.document()  # raises
            await turn.aclose()
            self._clock.begin()
            begins = max(self._heard_until, time.monotonic())
            await self._pass_on(answer)
            self._heard_until = begins + self._clock.seconds

    def _scope(self) -> dict[str, Any]:
        opened = self._opened
        headers = {"Timbre-Use": self._use} if self._use else {}
        if opened.repeated_as:
            own = f"{opened.repeated_as}\n{self.name or ''}\n{self._number}"
            headers["Idempotency-Key"] = f"ws-{hashlib.sha256(own.encode()).hexdigest()}"
        passed = ("enable_logging", "optimize_streaming_latency")
        query = {name: opened.query[name] for name in passed if name in opened.query}
        return inner_scope(
            opened.scope,
            "POST",
            f"/v1/text-to-speech/{opened.voice}/stream/with-timestamps",
            opened.secret,
            query=query | {"output_format": opened.output_format},
            headers=headers,
            before=[stretch for stretch, _ in self._before],
            noticed=time.monotonic() < self._heard_until + SOMEBODY_ELSE,
        )

    async def _pass_on(self, answer: Answer) -> None:
        record: dict[str, Any] | None = {
            name: answer.headers[header]
            for header, name in _RECORD.items()
            if header in answer.headers
        }
        async for line in answer.lines():
            data = base64.b64decode(line["audio_base64"])
            aligned = self._clock.aligned(line["alignment"])
            self._clock.hear(data)
            for message in messages.audio(data, aligned, self.name, record):
                await self._say(message)
            record = None


def _options_in(first: Told, query: Mapping[str, str]) -> tuple[str, str]:
    """What a text is used for, and how it is spoken, as JSON: parsed it would take ten times as much.

    Raises:
        SpeechRefused: invalid_request.
    """
    use = str(first.fields.get("use") or query.get("use") or "")
    options = {
        **{key: query[key] for key in _BODY_IN_ADDRESS if key in query},
        **{key: first.fields[key] for key in _PASSED_ON if key in first.fields},
    }
    written = json.dumps(options)
    if len(use) + len(written) > MAX_OPTIONS:
        raise SpeechRefused(
            422,
            "invalid_request",
            f"The options of a text are longer than {MAX_OPTIONS:,} characters of JSON.",
        )
    return use, written
