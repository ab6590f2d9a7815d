"""A worker that speaks tones at once instead of words in time, and the site as clients reach it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from marketplace.queue import Work
from synthesis.engines.interface import AudioChunk
from synthesis.tasks import speaking
from synthesis.text.wording import Wording
from synthesis.text.words import WordSpan
from tests.work import do_as_queued

RATE = 24_000
WORD = 0.25  # seconds of each word at speed 1
OWN = {"host", "content-length", "transfer-encoding"}  # headers that are set anew
_WORD = re.compile(r"<[^>]*>|[^\s<]+")


class Tones:
    """Stands in for the engine: a sentence is a chunk, each word a quarter of a second."""

    name, version, edges, sample_rate = "tones", "1", "", RATE

    def synthesize(
        self, wording: Wording, template: object, *, speed: float = 1.0,
        seed: int = 0, stop: threading.Event | None = None,
    ) -> Iterator[AudioChunk]:  # fmt: skip
        seconds, each = 0.0, WORD / speed
        for sentence in _sentences(wording.written):
            words = tuple(
                WordSpan(word.start(), word.end(), seconds + n * each, seconds + (n + 1) * each)
                for n, word in enumerate(sentence)
            )
            samples = np.sin(np.arange(round(len(words) * each * RATE)) * 0.06) * 0.3
            yield AudioChunk(
                samples.astype(np.float32), RATE, words[0].start, words[-1].end, seconds, words
            )
            seconds += len(samples) / RATE


def _sentences(written: str) -> Iterator[list[re.Match[str]]]:
    """Words by sentence, outside of tags."""
    sentence: list[re.Match[str]] = []
    for word in _WORD.finditer(written):
        if not word[0].startswith("<"):
            sentence.append(word)
        if sentence and word[0].endswith((".", "!", "?")):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def speak_tones(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, what is queued for listeners is spoken at once, by `Tones`."""
    tones = Tones()
    monkeypatch.setattr(speaking, "engine_for", lambda version: tones)
    monkeypatch.setattr(speaking, "template_of", lambda *_: None)
    do_as_queued(monkeypatch, Work.SPEAK)


@dataclass(frozen=True)
class Answer:
    """What the site answered, its body read to the end."""

    status: int
    headers: dict[str, str]  # by names in lower case
    body: bytes


def ask(
    method: str, address: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Answer:
    """Send a request through the whole site, and read its answer in one event loop, as a server does."""
    given = {name: value for name, value in (headers or {}).items() if name.lower() not in OWN}
    kind = next((v for k, v in given.items() if k.lower() == "content-type"), "")

    async def answer() -> Answer:
        client: Any = AsyncClient(raise_request_exception=False, enforce_csrf_checks=True)
        response = await client.generic(method, address, body, content_type=kind, headers=given)
        whole = (
            b"".join([piece async for piece in response.streaming_content])
            if response.streaming
            else response.content
        )
        names = {name.lower(): value for name, value in response.items()}
        return Answer(response.status_code, names, whole)

    return async_to_sync(answer)()
