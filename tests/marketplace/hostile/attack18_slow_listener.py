"""Whoever listens slowly for ten minutes hears everything, pays nothing, and keeps a speech worker's thread.

`release_abandoned` takes what is still being spoken after ten minutes for abandoned, and a worker that goes on
settles nothing then. Both fail on the code that they were written against.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import redis
from django.conf import settings
from django.utils import timezone

from deploy.instance import SPEECH_REQUESTS
from marketplace.licensing import reservations, settlement
from marketplace.licensing.models import Generation
from marketplace.payouts.returning.standing import standing_of
from synthesis import speech_stream
from synthesis.engines.interface import AudioChunk
from synthesis.speech_stream import Sender
from synthesis.tasks import speaking
from tests import factories

RATE = 24_000
PIECE = b"x" * (2 * round(2.4 * RATE))  # a window of the engine as PCM


class _SlowListener:
    """Lets the last piece but one wait until the scheduler has looked for what was abandoned."""

    gave_up = False

    def __init__(self) -> None:
        self.heard, self.ended, self.pieces = 0, "", 0

    def stopped(self) -> bool:
        return False

    def audio(self, data: bytes) -> None:
        self.pieces += 1
        if self.pieces == 2:  # ten minutes after the request, the scheduler comes by each minute
            Generation.objects.update(created_at=timezone.now() - timedelta(minutes=10, seconds=30))
            settlement.release_abandoned()
        self.heard += len(data)

    def words(self, *_: Any) -> None: ...

    def end(self, samples: int) -> None:
        self.ended = "whole"

    def fail(self, code: str, detail: str = "") -> None:
        self.ended = code


@pytest.mark.django_db
def test_what_a_slow_listener_heard_is_charged_and_on_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, _ = factories.make_key()
    licence = key.licences.get()
    text = "All of this is heard. And this, too. And this."
    wanted = factories.wanted(licence.voice.slug, text, audio_format="pcm")
    made, listener = reservations.reserve(key=key, wanted=wanted), _SlowListener()

    def three_chunks(*_: Any) -> tuple[bool, Iterator[AudioChunk]]:
        second = np.zeros(RATE, np.float32)
        ends = (0, 21), (22, 36), (37, len(text))
        return False, iter(
            AudioChunk(second, RATE, begin, end, float(n)) for n, (begin, end) in enumerate(ends)
        )

    monkeypatch.setattr(speaking, "_synthesize", three_chunks)
    speaking._speak(made, wanted, listener)  # type: ignore[arg-type]
    made.refresh_from_db()
    licence.refresh_from_db()
    whole = listener.ended == "whole" and listener.heard >= 2 * 3 * RATE - RATE
    told = (made.state, made.characters_spoken, licence.characters_used)
    if whole:  # else the licence of which everything was heard is refunded whole, as if unused
        assert licence.characters_used or licence.pk in standing_of([], [licence]).spoken, told
    assert not whole or told == (Generation.State.SETTLED, len(text), len(text)), (
        f"everything was heard ({listener.heard} bytes), and what is charged and recorded is {told}"
    )


def test_a_listener_who_takes_a_piece_a_minute_does_not_keep_a_thread_for_ten_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store: Any = redis.Redis.from_url(settings.REDIS_URL)
    name, clock, taken = "attack18", [0.0], [0.0]

    def sleep(_: float) -> None:
        clock[0] += 1.0
        if clock[0] - taken[0] >= 50:  # one of 115 KB each 50 seconds
            store.lpop(f"speech:{name}:audio")
            taken[0] = clock[0]

    fake = SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep)
    monkeypatch.setattr(speech_stream, "time", fake)
    monkeypatch.setattr(speaking, "time", fake)
    sender = Sender(settings.REDIS_URL, name)
    stop = threading.Event()
    try:
        for _ in speaking._until_stopped(iter(range(500)), stop, sender.stopped):  # type: ignore[arg-type]
            sender.audio(PIECE)
    finally:
        store.delete(f"speech:{name}:audio", f"speech:{name}:stop")
    assert sender.gave_up and clock[0] < 300, f"the thread was kept for {clock[0]:.0f} s"


def test_one_organization_leaves_threads_of_the_speech_worker_to_others() -> None:
    assert settings.STREAMS_PER_ORGANIZATION < SPEECH_REQUESTS
