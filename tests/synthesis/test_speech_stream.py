"""Speech on its way to one listener takes a bounded part of the store that everybody shares."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
import redis
from django.conf import settings

from synthesis import speech_stream
from synthesis.speech_stream import MOST_WAITING, Receiver, Sender

PIECE = b"\0" * (256 << 10)


def _store() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)


def _bytes_waiting(name: str) -> int:
    return sum(len(item) for item in _store().lrange(f"speech:{name}:audio", 0, -1))  # type: ignore[union-attr]


def test_what_nobody_takes_does_not_pile_up_and_ends_the_speech(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(speech_stream, "PATIENCE", 0.3)
    sender, pushed = Sender(settings.REDIS_URL, "unread"), 0
    while not sender.stopped():
        sender.audio(PIECE)
        pushed += 1
        assert pushed < 100
    assert _bytes_waiting("unread") <= MOST_WAITING + 2 * len(PIECE)
    assert sender.gave_up
    _store().delete("speech:unread:audio", "speech:unread:stop")


def test_a_slow_listener_gets_everything() -> None:
    sender = Sender(settings.REDIS_URL, "slow")

    def speak() -> None:
        for _ in range(24):
            sender.audio(PIECE)
        sender.end(24)

    async def listen() -> int:
        receiver, heard = Receiver(settings.REDIS_URL, "slow"), 0
        async for piece in receiver.rest(20):
            heard += len(piece.audio)
            await asyncio.sleep(0.03)
        await receiver.close()
        return heard

    speaking = threading.Thread(target=speak)
    speaking.start()
    time.sleep(0.5)
    assert _bytes_waiting("slow") <= MOST_WAITING + 2 * len(PIECE)
    assert asyncio.run(listen()) == 24 * len(PIECE)
    speaking.join()
    assert not sender.gave_up


def test_a_listener_who_leaves_leaves_nothing_behind() -> None:
    sender = Sender(settings.REDIS_URL, "left")
    sender.audio(PIECE)

    async def leave() -> None:
        receiver = Receiver(settings.REDIS_URL, "left")
        await receiver.stop()
        await receiver.close()

    asyncio.run(leave())
    assert sender.stopped()
    assert _bytes_waiting("left") == 0
    _store().delete("speech:left:stop")
