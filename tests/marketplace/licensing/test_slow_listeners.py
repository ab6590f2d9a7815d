"""What a slow listener hears is on record before it is sent, and is charged however the request ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from marketplace.licensing import reservations, settlement
from marketplace.licensing.models import Generation, Licence
from synthesis.engines.interface import AudioChunk
from synthesis.tasks import speaking
from synthesis.tasks.marks import watermarker_for
from tests import factories
from tests.listeners import Slow

pytestmark = pytest.mark.django_db
RATE = 24_000
TEXT = "All of this is heard. And this, too. And this."
ENDS = 21, 36, len(TEXT)
State = Generation.State


def _sweep(**changed: Any) -> int:
    """Look for what was abandoned, ten minutes after the request."""
    begun = timezone.now() - timedelta(minutes=10, seconds=30)
    Generation.objects.update(created_at=begun, **changed)
    return settlement.release_abandoned()


def _long_ago() -> Any:
    return timezone.now() - timedelta(minutes=5)


def _spoken(
    monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]
) -> tuple[Generation, Licence, Slow]:
    key, _ = factories.make_key()
    licence = key.licences.get()
    wanted = factories.wanted(licence.voice.slug, TEXT, audio_format="pcm")
    made, listener = reservations.reserve(key=key, wanted=wanted), Slow(meanwhile)

    def three_chunks(*_: Any) -> tuple[bool, Iterator[AudioChunk]]:
        second = np.zeros(RATE, np.float32)
        begun = 0, *ENDS[:2]
        return False, iter(AudioChunk(second, RATE, begun[n], ENDS[n], float(n)) for n in range(3))

    monkeypatch.setattr(speaking, "_synthesize", three_chunks)
    speaking._speak(made, wanted, listener)  # type: ignore[arg-type]
    made.refresh_from_db()
    licence.refresh_from_db()
    return made, licence, listener


def test_what_a_slow_listener_hears_is_not_taken_for_abandoned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, licence, listener = _spoken(monkeypatch, _sweep)
    assert (listener.ended, listener.heard) == ("whole", 2 * 3 * RATE)
    told = made.state, made.characters_spoken, licence.characters_used
    assert told == (State.SETTLED, len(TEXT), len(TEXT))


def test_what_was_heard_of_a_request_whose_worker_died_is_charged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        _spoken(monkeypatch, die)
    assert _sweep(heartbeat_at=_long_ago()) == 1
    made, licence = Generation.objects.get(), Licence.objects.get()
    told = made.state, made.characters_spoken, made.seconds, licence.characters_used
    assert told == (State.SETTLED, ENDS[1], 2.0, ENDS[1])
    assert made.failure == "abandoned"


def test_a_worker_whose_reservation_was_released_sends_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, licence, listener = _spoken(monkeypatch, lambda: _sweep(heartbeat_at=_long_ago()))
    assert (listener.ended, listener.pieces) == ("interrupted", 2)
    told = made.state, made.characters_spoken, licence.characters_used
    assert told == (State.SETTLED, ENDS[1], ENDS[1])


def test_what_was_released_before_its_first_piece_is_not_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def released_meanwhile(mark: Any) -> Any:
        settlement.release(generation_id=Generation.objects.get().pk, failure="timeout")
        return watermarker_for(mark)

    monkeypatch.setattr(speaking, "watermarker_for", released_meanwhile)
    made, licence, listener = _spoken(monkeypatch, lambda: None)
    assert (listener.ended, listener.heard) == ("interrupted", 0)
    assert (made.state, licence.characters_used) == (State.RELEASED, 0)


def test_what_is_noted_is_no_more_than_was_reserved_and_never_less_than_before() -> None:
    key, _ = factories.make_key()
    wanted = factories.wanted(key.licences.get().voice.slug, "0123456789")
    made = reservations.reserve(key=key, wanted=wanted)
    noted = []
    for characters in (4, 2, 99):
        assert settlement.note_heard(generation_id=made.pk, characters=characters, seconds=1.0)
        made.refresh_from_db()
        noted.append(made.characters_spoken)
    assert noted == [4, 4, 10]


def test_a_licensed_stream_keeps_its_reservation_while_its_listener_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, _ = factories.make_key()
    wanted = factories.wanted(key.licences.get().voice.slug, "x")
    made = reservations.reserve(key=key, wanted=wanted)
    monkeypatch.setattr(speaking, "HEARTBEAT", 0.0)
    sender = speaking._LicensedSender(made.pk, "waited-for")
    assert not sender.stopped()
    assert _sweep() == 0
    settlement.release(generation_id=made.pk, failure="timeout")
    assert sender.stopped()
