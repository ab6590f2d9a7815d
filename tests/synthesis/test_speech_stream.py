"""Speech on its way to one listener takes a bounded part of the store that everybody shares."""

from __future__ import annotations

import asyncio
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.conf import settings

from synthesis import speech_stream
from synthesis.refusals import SpeechFailed
from synthesis.speech_stream import LONGEST_WAIT, MOST_WAITING, PATIENCE, Receiver, Sender
from synthesis.tasks import speaking

PIECE = b"\0" * (256 << 10)
WINDOW, SECONDS = b"\0" * 115_200, 2.4  # what the engine makes at once, as PCM


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


def test_of_what_is_taken_back_nothing_is_heard_any_more() -> None:
    sender = Sender(settings.REDIS_URL, "silenced")
    for _ in range(3):
        sender.audio(PIECE)
    _store().lpop("speech:silenced:audio")
    assert sender.take_back() == 2
    sender.fail("consent_withdrawn")

    async def listen() -> None:
        receiver = Receiver(settings.REDIS_URL, "silenced")
        try:
            await receiver.next(5)
        finally:
            await receiver.close()

    with pytest.raises(SpeechFailed) as failure:
        asyncio.run(listen())
    assert failure.value.code == "consent_withdrawn"


class _Taking:
    """Listeners by a clock of their own, who take a piece every few seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, every: float) -> None:
        self.now, self._taken_at, self._every = 0.0, 0.0, every
        fake = SimpleNamespace(monotonic=lambda: self.now, sleep=self._sleep)
        monkeypatch.setattr(speech_stream, "time", fake)
        monkeypatch.setattr(speaking, "time", fake)
        self.sender = Sender(settings.REDIS_URL, "taken")

    def _sleep(self, _: float) -> None:
        self.now += 0.5
        if self.now - self._taken_at >= self._every:
            _store().lpop("speech:taken:audio")
            self._taken_at = self.now

    def speak(self, pieces: int, *, paused: float = 0.0) -> int:
        """Send so many pieces, and nothing is taken at first; returns how many were sent."""
        self._taken_at, sent = paused, 0
        chunks: Any = range(pieces)
        try:
            for _ in speaking._until_stopped(chunks, threading.Event(), self.sender.stopped):
                self.sender.audio(WINDOW, SECONDS)
                sent += 1
        finally:
            _store().delete("speech:taken:audio", "speech:taken:stop")
        return sent


def test_a_listener_who_takes_a_piece_a_minute_does_not_keep_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = _Taking(monkeypatch, every=50.0)
    sent = slow.speak(500)
    assert slow.sender.gave_up
    assert slow.now <= PATIENCE + sent * SECONDS + 1


def test_who_hears_it_as_it_plays_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    steady = _Taking(monkeypatch, every=SECONDS)
    assert steady.speak(200) == 200
    assert not steady.sender.gave_up


def test_who_pauses_for_a_minute_and_a_half_gets_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paused = _Taking(monkeypatch, every=SECONDS)
    assert paused.speak(100, paused=90.0) == 100
    assert not paused.sender.gave_up


def test_however_much_was_sent_nobody_is_waited_for_longer_than_ten_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = _Taking(monkeypatch, every=0.0)
    gone.sender.audio(b"", 3_000.0)  # was taken at once
    gone._every = 1e9
    gone.speak(500)
    assert gone.sender.gave_up
    assert gone.now <= LONGEST_WAIT + 1
