"""What staff and speakers hear of a recording is what machines judged of it, and not the file that was sent."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.voices.models import Recording
from synthesis.audio import playing
from tests import factories, sounds

pytestmark = pytest.mark.django_db


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _address(recording: Recording) -> str:
    return reverse("storefront:recording-audio", args=[recording.public_id])


def _recorded(data: bytes) -> Recording:
    return factories.record(factories.make_recording(factories.make_voice()), data)


def test_a_moderator_is_given_the_decoded_sound_whatever_the_file_is_called() -> None:
    recording = _recorded(sounds.OGG)
    assert not recording.file_name.endswith(".ogg")
    for user in (factories.make_moderator(), recording.voice.creator.user):
        answer = _client(user).get(_address(recording))
        assert (answer.status_code, answer["Content-Type"]) == (200, "audio/wav")
        assert b"".join(answer).startswith(b"RIFF")


def test_a_file_that_no_machine_reads_is_played_to_nobody() -> None:
    recording = _recorded(b"<html>not a sound</html>")
    answer = _client(factories.make_moderator()).get(_address(recording))
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/plain")
    assert b"can't be played" in answer.content


def test_whoever_asks_while_many_are_read_is_told_to_ask_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recording = _recorded(sounds.WAV)
    monkeypatch.setattr(playing, "PATIENCE", 0.1)
    for _ in range(playing.AT_ONCE):
        playing._turns.acquire()
    try:
        answer = _client(factories.make_moderator()).get(_address(recording))
    finally:
        playing._turns.release(playing.AT_ONCE)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
