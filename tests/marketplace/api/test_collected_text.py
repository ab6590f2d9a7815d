"""When text that comes in parts is spoken, and when its characters are told to be said."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from marketplace.api.text_streams import collected_text
from marketplace.api.text_streams.alignment import Clock
from marketplace.api.text_streams.collected_text import MOST_SIGNS, CollectedText
from marketplace.api.text_streams.contexts import Context, Opened
from marketplace.api.text_streams.inner_request import asked, inner_scope
from marketplace.api.text_streams.messages import Told
from marketplace.refusals import SpeechRefused
from synthesis.text.sentences import split_sentences
from tests.processor_time import within


def _taken(
    parts: list[str], *, language: str = "en-US", schedule: tuple[int, ...] = ()
) -> list[str]:
    collected = CollectedText(language, schedule)
    taken = []
    for part in parts:
        collected.add(part)
        taken.append(collected.take_sentences())
    return [*(each for each in taken if each), *([rest] if (rest := collected.take_rest()) else [])]


@pytest.mark.parametrize(
    ("parts", "taken"),
    [
        (["Good ", "morning. "], ["Good morning."]),
        (["Good morning", ".", " The"], ["Good morning.", "The"]),
        (["It costs 3.", "50 today. "], ["It costs 3.50 today."]),
        (["Ask Dr. ", "Lee. "], ["Ask Dr. Lee."]),
        (["One. Two. Thr", "ee. "], ["One. Two.", "Three."]),
        (["Wait", "... ", "what? "], ["Wait... what?"]),
        (["... ", "-- ", "Hello. "], ["... -- Hello."]),
        (["See <brea", 'k time="1s"/> now. '], ['See <break time="1s"/> now.']),
        (["<?xml version='1.0'?>", "<speak>One. ", "Two.</speak> "],
         ["<?xml version='1.0'?><speak>One. Two.</speak>"]),
        (["2 < 3. ", "Yes. "], ["2 < 3.", "Yes."]),
    ],
)  # fmt: skip
def test_whole_sentences_are_taken(parts: list[str], taken: list[str]) -> None:
    assert _taken(parts) == taken


def test_a_sentence_ends_without_a_space_where_the_language_has_none() -> None:
    assert _taken(["早上好。", "中午"], language="zh-CN") == ["早上好。", "中午"]


def test_a_schedule_waits_for_so_many_characters() -> None:
    parts = ["One. ", "Two is more. ", "Three. ", "Four. "]
    assert _taken(parts, schedule=(12, 1)) == ["One. Two is more.", "Three.", "Four."]


def test_nothing_is_lost_and_nothing_said_twice() -> None:
    text = "Mr. Poe paid $3.50 for it. Did he? “Yes!” he said... And <b>more</b> followed. " * 3
    for size in (1, 2, 7, 50):
        parts = [text[n : n + size] for n in range(0, len(text), size)]
        assert "".join(" ".join(_taken(parts)).split()) == "".join(text.split())


def _timed(text: str, begins: float = 0.0) -> dict[str, Any]:
    places = [begins + n / 10 for n in range(len(text) + 1)]
    return {
        "characters": list(text),
        "character_start_times_seconds": places[:-1],
        "character_end_times_seconds": places[1:],
    }


def test_each_message_begins_where_the_last_character_ended() -> None:
    clock, second = Clock("pcm_8000", " "), bytes(16_000)
    clock.begin()
    first = clock.aligned(_timed("ab"))
    clock.hear(second)
    clock.begin()
    told = clock.aligned(_timed("cd", 0.5))
    assert first == {
        "chars": ["a", "b"],
        "charStartTimesMs": [0, 100],
        "charDurationsMs": [100, 100],
    }
    assert told == {
        "chars": [" ", "c", "d"],
        "charStartTimesMs": [0, 1300, 1400],
        "charDurationsMs": [1300, 100, 100],
    }
    assert clock.aligned(None) is None


_SOCKET = {
    "type": "websocket", "scheme": "wss", "asgi": {}, "client": ("10.0.0.1", 1), "server": None,
    "headers": [(b"host", b"a"), (b"cookie", b"s=1"), (b"timbre-use", b"game"), (b"sec-websocket-key", b"x"),
                (b"xi-api-key", b"other"), (b"upgrade", b"websocket")],
}  # fmt: skip


def test_a_request_within_has_the_key_and_no_cookie() -> None:
    scope = inner_scope(_SOCKET, "POST", "/v1/x", "tk_1", headers={"Timbre-Use": "audiobook"})
    assert dict(scope["headers"]) == {
        b"host": b"a", b"xi-api-key": b"tk_1", b"content-type": b"application/json",
        b"Timbre-Use": b"audiobook",
    }  # fmt: skip
    assert scope["scheme"] == "https"


async def _breaking_off(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b'{"a": 1}\n{"b"', "more_body": True})
    raise RuntimeError("the worker is gone")


def test_speech_that_breaks_off_is_no_whole_answer() -> None:
    async def lines() -> list[dict[str, Any]]:
        read = []
        async with asked(_breaking_off, inner_scope(_SOCKET, "POST", "/", "")) as answer:
            with pytest.raises(SpeechRefused, match="broke off"):
                async for line in answer.lines():
                    read.append(line)
        return read

    assert asyncio.run(lines()) == [{"a": 1}]


def test_who_leaves_early_hangs_up() -> None:
    told: list[str] = []

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        hung_up = asyncio.create_task(receive())
        while not hung_up.done():
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await asyncio.sleep(0)
        told.append(hung_up.result()["type"])

    async def leave() -> None:
        async with asked(endless, inner_scope(_SOCKET, "POST", "/", "")) as answer:
            async for _ in answer.body():
                break

    asyncio.run(leave())
    assert told == ["http.disconnect"]


@pytest.mark.parametrize("end", ["", "a"])
def test_stray_signs_cost_nothing_however_often_more_comes(end: str) -> None:
    collected = CollectedText("en-US")
    collected.add(".\n" * 2_047 + end)
    with within(0.5):
        for _ in range(200):
            collected.add("")
            collected.take_sentences(now=True)
        for _ in range(200):
            collected.add(".\n" if not end else "b")
            collected.take_sentences()
    assert len(collected) <= MOST_SIGNS + 300


def test_signs_before_a_word_are_said_with_it() -> None:
    assert _taken(["-" * 1_000, "- Hello. "]) == ["-" * (MOST_SIGNS - 1) + " Hello."]


def test_a_message_that_says_nothing_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []

    def search(text: str, **options: Any) -> list[Any]:
        searched.append(text)
        return list(split_sentences(text, **options))

    monkeypatch.setattr(collected_text, "split_sentences", search)
    collected = CollectedText("en-US")
    collected.add("Good morning")
    assert collected.take_sentences() == ""
    searched.clear()
    for _ in range(3):
        collected.add("")
        assert collected.take_sentences(now=True) == ""
    assert searched == []


def test_too_much_text_is_refused_before_it_is_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def search(text: str, **options: Any) -> list[Any]:
        raise AssertionError("it was searched")

    monkeypatch.setattr(collected_text, "split_sentences", search)

    async def say(text: str) -> None:
        context = _context(text)
        try:
            await context.add(Told.read(json.dumps({"text": text})), auto=False)
        finally:
            await context.cancel()

    with pytest.raises(SpeechRefused, match="at once"):
        asyncio.run(say("Hello. " * 1_000))


def test_a_long_text_is_searched_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def search(text: str, **options: Any) -> list[Any]:
        threads.append(threading.current_thread())
        return list(split_sentences(text, **options))

    monkeypatch.setattr(collected_text, "split_sentences", search)

    async def say(text: str) -> None:
        context = _context(text)
        await context.add(Told.read(json.dumps({"text": text})), auto=False)
        await context.cancel()

    asyncio.run(say("Good morning. " * 100))
    assert threads
    assert threading.main_thread() not in threads


def _context(text: str, **more: Any) -> Context:
    async def silent(*_: Any) -> None:
        await asyncio.sleep(0)

    opened = Opened(
        app=None, scope=_SOCKET, query={}, voice="v", language="en-US", secret="", repeated_as=""
    )
    return Context(opened, None, Told.read(json.dumps({"text": text} | more)), silent, silent)


def test_long_options_are_refused_and_the_others_kept_unparsed() -> None:
    async def begin(options: Any) -> Context:
        context = _context("Hello", voice_settings=options)
        await context.cancel()
        return context

    with pytest.raises(SpeechRefused, match="options of a text"):
        asyncio.run(begin([{}] * 10_000))
    assert asyncio.run(begin({"speed": 1.1}))._options == '{"voice_settings": {"speed": 1.1}}'
