"""A line is read again: one take of it counts, and an upload that is sent twice is one recording."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from marketplace import storage
from marketplace.enrolment.prompts import prompts_in
from marketplace.refusals import Refused
from marketplace.voices import services
from marketplace.voices.models import Enrolment, Recording, Voice
from tests import factories

pytestmark = pytest.mark.django_db


def _take(voice: Voice, data: bytes, line: str = "abc") -> Recording:
    return services.add_recording(
        voice=voice, file_name="line.webm", data=data, line=line, by=voice.creator.user
    )


def _send(voice: Voice, data: bytes, **more: str) -> Any:
    client = Client()
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.post(
        reverse("storefront:add-recordings", args=[voice.public_id]),
        {"files": SimpleUploadedFile("line.webm", data), **more},
        headers={"accept": "application/json"},
    )


def test_a_new_take_of_a_line_replaces_the_one_before() -> None:
    voice = factories.make_voice()
    _take(voice, b"first")
    _take(voice, b"of another line", line="def")
    again = _take(voice, b"second")
    assert list(voice.recordings.filter(line="abc")) == [again]
    assert voice.recordings.count() == 2


def test_a_take_that_is_sent_twice_is_one_recording() -> None:
    voice = factories.make_voice()
    assert _take(voice, b"first") == _take(voice, b"first")
    assert voice.recordings.count() == 1


def test_a_file_that_was_removed_and_comes_again_keeps_its_object() -> None:
    """What deletes the removed one's may run after the same file has arrived again."""
    voice = factories.make_voice()
    removed = _take(voice, b"first").storage_key
    _take(voice, b"second")
    again = _take(voice, b"first")
    storage.delete(removed)
    assert services.recording_bytes(again) == b"first"


def test_a_take_that_is_refused_leaves_no_object() -> None:
    voice = factories.make_voice()
    kept = _take(voice, b"first").storage_key
    Enrolment.objects.create(voice=voice, consent=factories.make_consent(voice))
    with pytest.raises(Refused):
        _take(voice, b"second")
    assert default_storage.listdir(kept.rpartition("/")[0])[1] == [kept.rpartition("/")[2]]


def test_the_database_keeps_two_takes_of_a_line_apart() -> None:
    voice = factories.make_voice()
    first = _take(voice, b"first")
    first.pk, first.public_id, first.sha256 = None, voice.public_id, "0" * 64
    with pytest.raises(IntegrityError, match="a_line_has_one_take"), transaction.atomic():
        first.save(force_insert=True)
    assert voice.recordings.count() == 1


def test_a_take_that_a_voice_is_learned_from_is_not_replaced_meanwhile() -> None:
    voice = factories.make_voice()
    first = _take(voice, b"first")
    Enrolment.objects.create(voice=voice, consent=factories.make_consent(voice))
    with pytest.raises(Refused) as refused:
        _take(voice, b"second")
    assert refused.value.code == "enrolment_running"
    assert list(voice.recordings.all()) == [first]


def test_a_line_can_be_read_again_when_no_more_recordings_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "MAX_RECORDINGS", 1)
    voice = factories.make_voice()
    _take(voice, b"first")
    again = _take(voice, b"second")
    assert list(voice.recordings.all()) == [again]
    with pytest.raises(Refused) as refused:
        _take(voice, b"of another line", line="def")
    assert refused.value.code == "too_many_recordings"


def test_a_script_is_told_the_hash_of_what_has_arrived() -> None:
    voice = factories.make_voice()
    answers = [_send(voice, b"sounds") for _ in range(2)]
    recording = voice.recordings.get()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.json() for answer in answers] == [{"arrived": [recording.sha256]}] * 2


def test_a_line_of_ours_brings_its_words_and_another_key_brings_none() -> None:
    voice = factories.make_voice()
    prompt = prompts_in(voice.language)[0]
    _send(voice, b"sounds", line=prompt.key)
    _send(voice, b"other sounds", line="no such line")
    ours, other = voice.recordings.all()
    assert (ours.line, ours.transcript) == (prompt.key, prompt.text)
    assert (other.line, other.transcript) == ("", "")
