"""Uploads are judged in turns, and one creator's can't keep everybody waiting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.utils import timezone

from marketplace.celery import app
from marketplace.creators.models import Creator
from marketplace.queue import Turn, Work
from marketplace.refusals import Refused
from marketplace.voices import services as voices
from marketplace.voices.models import Recording, Voice
from synthesis.audio.decoding import Recording as Decoded
from synthesis.tasks import listening
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db
USUAL = configured.CELERY_TASK_ROUTES[Work.JUDGE_RECORDING].get("priority", 0)


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The turn of each recording that is queued to be judged."""
    turns: list[int] = []

    def send(name: str, args: Any = (), priority: int = USUAL, **_: Any) -> None:
        if name == Work.JUDGE_RECORDING:
            turns.append(priority)

    monkeypatch.setattr(app, "send_task", send)
    return turns


def _add(voice: Voice, *contents: str) -> list[Recording]:
    return [
        voices.add_recording(
            voice=voice, file_name=f"{name}.wav", data=name.encode(), by=voice.creator.user
        )
        for name in contents
    ]


def _voices(creator: Creator, count: int) -> list[Voice]:
    return [factories.make_voice(creator) for _ in range(count)]


def test_a_newcomers_recording_comes_before_the_many_of_another_creator(
    turns: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    one, other = _voices(factories.make_creator(), 2)
    with django_capture_on_commit_callbacks(execute=True):
        _add(one, "a", "b")
        _add(other, "c", "d", "e")
        _add(factories.make_voice(), "f")
    assert turns == [Turn.USUAL] * 3 + [Turn.LAST] * 2 + [Turn.USUAL]


def test_recordings_whose_turn_was_lost_get_the_same_turn_again(turns: list[int]) -> None:
    _add(factories.make_voice(), "a", "b", "c", "d")
    _add(factories.make_voice(), "e")
    Recording.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    cache.clear()
    do(Work.RESUME_STALLED_WORK)
    assert turns == [Turn.USUAL] * 3 + [Turn.LAST, Turn.USUAL]


def test_a_reading_is_checked_before_recordings_are_judged() -> None:
    assert configured.CELERY_TASK_ROUTES[Work.VERIFY_CONSENT].get("priority", Turn.FIRST) < USUAL


def test_one_creator_has_a_number_of_recordings_waiting_at_most_in_all_voices(
    settings: Any,
) -> None:
    settings.CREATOR_RECORDINGS_WAITING = 2
    one, other = _voices(factories.make_creator(), 2)
    first, _ = _add(one, "a", "b")
    with pytest.raises(Refused) as refusal:
        _add(other, "c")
    assert refusal.value.code == "too_many_waiting"
    assert _add(one, "a") == [first]  # it is there already
    _add(factories.make_voice(), "c")
    voices.record_judgement(recording_id=first.pk, quality={"seconds": 9.0})
    _add(other, "c")


def _accepted(voice: Voice, name: str, seconds: float) -> Recording:
    [recording] = _add(voice, name)
    voices.record_judgement(recording_id=recording.pk, quality={"seconds": seconds})
    recording.refresh_from_db()
    return recording


def test_a_voice_with_an_hour_of_recordings_takes_no_more(settings: Any) -> None:
    settings.VOICE_AUDIO_SECONDS = 3600
    voice = factories.make_voice()
    for number in range(4):
        assert _accepted(voice, f"take {number}", 900.0).state == Recording.State.ACCEPTED
    with pytest.raises(Refused) as refusal:
        _add(voice, "one more")
    assert refusal.value.code == "too_much_speech"
    assert "60 minutes" in str(refusal.value)
    _add(factories.make_voice(voice.creator), "of another voice")


def test_recordings_that_were_uploaded_together_are_counted_together(settings: Any) -> None:
    settings.VOICE_AUDIO_SECONDS = 1000
    voice = factories.make_voice()
    first, second = _add(voice, "a", "b")
    for recording in (first, second):
        voices.record_judgement(recording_id=recording.pk, quality={"seconds": 600.0})
        recording.refresh_from_db()
    assert first.state == Recording.State.ACCEPTED
    assert (second.state, second.refusal_code) == (Recording.State.REFUSED, "too_much_speech")


def test_a_recording_that_does_not_fit_is_not_measured(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VOICE_AUDIO_SECONDS = 1000
    voice = factories.make_voice()
    _accepted(voice, "a", 600.0)
    [recording] = _add(voice, "b")
    long = Decoded(np.zeros(600 * 8_000, np.float32), 8_000, "wav")
    monkeypatch.setattr(listening.decoding, "decode", lambda *_: long)
    monkeypatch.setattr(listening.quality, "judge", lambda _: pytest.fail("It was measured."))
    do(Work.JUDGE_RECORDING, recording.pk)
    recording.refresh_from_db()
    assert recording.refusal_code == "too_much_speech"
