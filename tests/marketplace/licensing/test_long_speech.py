"""Signs that are long to say don't buy hours of speech, and long speech is not collected in memory."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from marketplace.api import jobs
from marketplace.licensing import reservations
from marketplace.licensing.models import ApiKey, Generation
from marketplace.queue import Work
from synthesis.engines.interface import AudioChunk
from synthesis.tasks import speaking
from synthesis.text.wording import Wording
from tests import factories
from tests.listeners import Listener
from tests.work import do

pytestmark = pytest.mark.django_db
RATE = 24_000
SIGNS = "≠≠≠≠ ≠≠≠≠."  # 10 characters: 65 seconds at most
MB = 1 << 20


@pytest.fixture
def key() -> ApiKey:
    return factories.make_key()[0]


def _says(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
    """Have the engine say each two characters in so many seconds."""

    def chunks(*_: Any) -> tuple[bool, Iterator[AudioChunk]]:
        begun = 0.0
        found = []
        for n, each in enumerate(seconds):
            samples = np.zeros(round(each * RATE), np.float32)
            found.append(AudioChunk(samples, RATE, 2 * n, 2 * n + 2, begun))
            begun += each
        return False, iter(found)

    monkeypatch.setattr(speaking, "_synthesize", chunks)


def _spoken(key: ApiKey, **more: object) -> tuple[Generation, Listener]:
    wanted = factories.wanted(key.licences.get().voice.slug, SIGNS, **more)
    made, listener = reservations.reserve(key=key, wanted=wanted), Listener()
    speaking._speak(made, wanted, listener)  # type: ignore[arg-type]
    made.refresh_from_db()
    return made, listener


def test_speech_that_takes_far_longer_than_it_costs_breaks_off_and_what_was_heard_is_charged(
    monkeypatch: pytest.MonkeyPatch, key: ApiKey
) -> None:
    _says(monkeypatch, 30, 30, 30)
    made, listener = _spoken(key)
    assert listener.ended == "speech_too_long"
    assert listener.heard > 0
    assert (made.state, made.characters_spoken, made.seconds) == ("settled", 4, 60.0)


def test_speech_as_long_as_it_may_be_is_whole(monkeypatch: pytest.MonkeyPatch, key: ApiKey) -> None:
    _says(monkeypatch, 30, 30, 5)
    made, listener = _spoken(key)
    assert listener.ended == "whole"
    assert made.characters_spoken == len(SIGNS)


def test_whoever_asks_for_slow_speech_gets_it(monkeypatch: pytest.MonkeyPatch, key: ApiKey) -> None:
    _says(monkeypatch, 30, 30, 19)
    assert _spoken(key, speed=0.25)[1].ended == "whole"  # 60 s and 4 times 5


def test_where_nothing_was_heard_nothing_is_charged(
    monkeypatch: pytest.MonkeyPatch, key: ApiKey
) -> None:
    _says(monkeypatch, 70)
    with pytest.raises(speaking.TextRefused) as refused:
        _spoken(key)
    assert refused.value.code == "speech_too_long"


def test_an_item_that_takes_too_long_fails_and_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, key: ApiKey
) -> None:
    _says(monkeypatch, 30, 30, 30)
    slug = key.licences.get().voice.slug
    item = jobs.create_job(key=key, requests=[factories.wanted(slug, SIGNS)]).items.get()
    do(Work.SPEAK_ITEM, item.pk)
    item.refresh_from_db()
    assert (item.state, item.error_code) == ("failed", "speech_too_long")
    assert Generation.objects.get().state == Generation.State.RELEASED
    assert key.licences.get().characters_used == 0


def test_long_speech_is_not_collected_for_a_cache_that_does_not_take_it(
    monkeypatch: pytest.MonkeyPatch, key: ApiKey
) -> None:
    class Engine:
        name, version, edges = "e", "1", ""

        def synthesize(self, *_: Any, **__: Any) -> Iterator[AudioChunk]:
            for n in range(1_200):  # twenty minutes
                yield AudioChunk(np.zeros(RATE, np.float32), RATE, n, n + 1, float(n))

    monkeypatch.setattr(speaking, "engine_for", lambda _: Engine())
    monkeypatch.setattr(speaking, "template_of", lambda *_: None)
    wanted = factories.wanted(key.licences.get().voice.slug, "Long.")
    made = reservations.reserve(key=key, wanted=wanted)
    _, chunks = speaking._synthesize(made, Wording("Long."), 1.0, threading.Event())
    tracemalloc.start()
    assert sum(1 for _ in chunks) == 1_200
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * MB
