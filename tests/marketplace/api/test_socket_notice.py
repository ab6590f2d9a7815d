"""Over a WebSocket, whoever begins to listen hears that a machine speaks, where operators want that heard."""

from __future__ import annotations

import asyncio
import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest

from marketplace.api.spoken_before import NOTICED
from marketplace.api.text_streams import contexts
from marketplace.api.text_streams.contexts import SOMEBODY_ELSE, Context, Opened
from marketplace.api.text_streams.messages import Told
from synthesis.speech_request import SpeechRequest
from synthesis.tasks import speaking
from synthesis.text.wording import Wording

SECONDS = 2.0  # of audio of each stretch


class Site:
    """A site that speaks each text, and notes of which the listener has just heard the notice."""

    def __init__(self) -> None:
        self.noticed: list[bool] = []
        self.now = 100.0  # seconds on the clock of the contexts

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.noticed.append(scope[NOTICED])
        await receive()
        audio = base64.b64encode(bytes(round(SECONDS * 48_000))).decode()
        line = json.dumps({"audio_base64": audio, "alignment": None})
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f"{line}\n".encode()})

    def context(self) -> Context:
        opened = Opened(
            app=self,
            scope={"type": "websocket", "asgi": {}, "scheme": "ws", "headers": []},
            query={"output_format": "pcm_24000"},
            voice="juniper",
            language="en-US",
            secret="tk_test",
            repeated_as="",
        )
        return Context(opened, None, Told.read("{}"), _say, _refuse)

    async def speak(self, context: Context, *pauses: float) -> None:
        """Have a sentence spoken before each pause, counted from the end of its audio."""
        for pause in pauses:
            await context.add(Told.read('{"text": "One sentence. ", "flush": true}'), auto=False)
            while context.is_busy:
                await asyncio.sleep(0)
            self.now += SECONDS + pause
        context.end(rest=False)
        await context.task


async def _say(_: str) -> None:
    """Nobody listens."""


async def _refuse(_: Context, refused: Exception) -> None:
    raise refused


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site()
    monkeypatch.setattr(contexts, "time", SimpleNamespace(monotonic=lambda: site.now))
    return site


def test_what_goes_on_at_once_has_no_notice_and_what_goes_on_after_a_silence_has(
    site: Site,
) -> None:
    async def listen() -> None:
        await site.speak(site.context(), 0.0, SOMEBODY_ELSE - 1, SOMEBODY_ELSE + 1, 0.0)

    asyncio.run(listen())
    assert site.noticed == [False, True, True, False]


def test_each_text_has_a_notice_of_its_own(site: Site) -> None:
    async def listen() -> None:
        for _ in range(2):
            await site.speak(site.context(), 0.0)

    asyncio.run(listen())
    assert site.noticed == [False, False]


@pytest.mark.parametrize("noticed", [True, False])
def test_the_worker_says_the_notice_to_whoever_has_not_just_heard_it(
    monkeypatch: pytest.MonkeyPatch, noticed: bool
) -> None:
    said: list[str] = []

    def with_notice(row: object, chunks: Any, stop: object) -> Any:
        said.append("notice")
        return chunks

    silent = SimpleNamespace(mark=lambda samples: samples, finish=lambda: [])
    encoder = SimpleNamespace(encode=lambda _: b"", finish=lambda: b"", samples=0)
    sender: Any = SimpleNamespace(audio=lambda *_: None, stopped=lambda: False, gave_up=False)
    monkeypatch.setattr(speaking, "_synthesize", lambda *_: (False, iter(())))
    monkeypatch.setattr(speaking, "_with_notice", with_notice)
    monkeypatch.setattr(speaking, "watermarker_for", lambda _: silent)
    monkeypatch.setattr(speaking, "StreamEncoder", lambda *_, **__: encoder)
    request = SpeechRequest(
        Wording("On it goes."), "juniper", "mp3", before=(Wording("It began."),), noticed=noticed
    )
    again = SpeechRequest.from_dict(request.as_dict())
    row: Any = None
    mark: Any = None
    speaking.deliver(row, again, sender, mark, audible=False, longest=10.0)
    assert said == ([] if noticed else ["notice"])
