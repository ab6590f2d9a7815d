"""Whole objects are not held in the web server's memory, and not sent to everybody at once."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from marketplace import sending, storage
from marketplace.api import jobs
from marketplace.api.models import SpeechJobItem
from marketplace.creators import vault
from marketplace.privacy import downloads
from marketplace.refusals import SpeechRefused, StorageUnavailable, Tampered
from marketplace.storefront.views import media
from marketplace.voices.models import Recording
from synthesis.audio.encoding import wav_header
from tests import factories, sounds

pytestmark = pytest.mark.django_db
MB = 1 << 20
LARGE = 40 * MB
AUDIO = sounds.WAV


@pytest.fixture
def item() -> Iterator[SpeechJobItem]:
    """A job's finished item."""
    key, _ = factories.make_key()
    slug = key.licences.get().voice.slug
    job = jobs.create_job(
        key=key, requests=[factories.wanted(slug, "Hello there.", audio_format="wav")]
    )
    job.items.update(state="completed", storage_key="jobs/sent")
    storage.put("jobs/sent", AUDIO)
    yield job.items.get()
    storage.delete("jobs/sent")


@pytest.fixture
def recording() -> Recording:
    return factories.record(factories.make_recording(factories.make_voice()), AUDIO)


def _link(item: SpeechJobItem) -> str:
    return f"/v1/speech-jobs/audio/{jobs.download_token(item, item.job.api_key)}"


def _creator(recording: Recording) -> Client:
    client = Client()
    client.force_login(recording.voice.creator.user)
    return client


def _audio(recording: Recording) -> str:
    return reverse("storefront:recording-audio", args=[recording.public_id])


def _peak(act: Callable[[], Any]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _hear(client: Client, address: str, **headers: str) -> tuple[int, int]:
    answer = client.get(address, headers=headers)
    return answer.status_code, sum(len(piece) for piece in answer)


def test_a_jobs_audio_is_not_held_in_memory(item: SpeechJobItem) -> None:
    storage.put("jobs/sent", b"\1" * LARGE)
    _hear(Client(), _link(item), Range="bytes=0-0")  # what a process loads once
    heard: list[Any] = []

    async def first_pieces() -> None:
        request = RequestFactory().get(_link(item))
        answer: Any = await asyncio.to_thread(
            sending.send_range,
            request,
            lambda: storage.open_source("jobs/sent"),
            content_type="audio/wav",
            turn=sending.Turn(),
        )
        async for piece in answer.streaming_content:
            heard.append(len(piece))

    assert _peak(lambda: asyncio.run(first_pieces())) < 8 * MB
    assert sum(heard) == LARGE
    answer = Client().get(_link(item))
    assert (answer.streaming, answer["Content-Length"]) == (True, str(LARGE))


@pytest.mark.parametrize("of", ["item", "recording"])
@pytest.mark.parametrize(
    ("asked", "status", "sent", "told"),
    [
        ("", 200, slice(None), None),
        ("bytes=0-0", 206, slice(0, 1), "bytes 0-0/1024"),
        ("bytes=1000-", 206, slice(1000, None), "bytes 1000-1023/1024"),
        ("bytes=-24", 206, slice(1000, None), "bytes 1000-1023/1024"),
        ("bytes=1000-9999", 206, slice(1000, None), "bytes 1000-1023/1024"),
        ("bytes=1024-", 416, slice(0, 0), "bytes */1024"),
        ("bytes=-0", 416, slice(0, 0), "bytes */1024"),
        ("bytes=9-8", 200, slice(None), None),
        ("bytes=0-1,4-5", 200, slice(None), None),
        ("pages=1-2", 200, slice(None), None),
    ],
)
def test_the_bytes_that_are_asked_for_are_sent(
    request: pytest.FixtureRequest, of: str, asked: str, status: int, sent: slice, told: str | None
) -> None:
    thing = request.getfixturevalue(of)
    client, address = (Client(), _link(thing)) if of == "item" else (_creator(thing), _audio(thing))
    headers = {"Range": asked} if asked else {}
    answer = client.get(address, headers=headers)
    body = b"".join(answer)
    assert (answer.status_code, body) == (status, AUDIO[sent])
    assert answer.get("Content-Range") == told
    assert (answer["Content-Length"], answer["Accept-Ranges"]) == (str(len(body)), "bytes")
    head = client.head(address, headers=headers)
    assert (head.status_code, b"".join(head)) == (status, b"")
    assert head["Content-Length"] == answer["Content-Length"]


def test_one_byte_of_a_recording_costs_no_more_memory_than_a_few_parts() -> None:
    sound = wav_header(LARGE, 24_000) + b"\1" * LARGE
    row = factories.record(factories.make_recording(factories.make_voice()), sound)
    client = _creator(row)
    _hear(client, _audio(row), Range="bytes=0-0")
    heard: list[tuple[int, int]] = []
    peak = _peak(lambda: heard.append(_hear(client, _audio(row), Range="bytes=0-0")))
    assert (heard, peak < 12 * MB) == ([(206, 1)], True), f"{peak / MB:.0f} MB"


def test_nothing_is_sent_of_a_recording_that_was_changed(recording: Recording) -> None:
    sealed = bytearray(storage.get(recording.storage_key))
    sealed[-20] ^= 1
    storage.put(recording.storage_key, bytes(sealed))
    with pytest.raises(Tampered):
        _creator(recording).get(_audio(recording))
    assert not sending._taken


def test_a_file_from_before_creators_had_keys_is_read_and_proved(recording: Recording) -> None:
    owner, key = recording.voice.creator_id, recording.storage_key
    storage.put(key, AUDIO)
    with vault.get_file(owner, key, recording.sha256) as file:
        assert file.read() == AUDIO
    storage.put(key, AUDIO[1:])
    with pytest.raises(Tampered):
        vault.get_file(owner, key, recording.sha256)
    sealed = storage.put_encrypted("templates/old", AUDIO)
    with vault.get_file(owner, "templates/old", sealed) as file:
        assert file.read() == AUDIO


def test_an_object_that_is_replaced_while_it_is_sent_is_not_mixed_with_the_new_one(
    item: SpeechJobItem,
) -> None:
    source = storage.open_source("jobs/sent")
    storage.put("jobs/sent", b"another")
    with pytest.raises(StorageUnavailable):
        source.read(0, 4)


def test_audio_that_is_gone_is_a_problem_and_holds_no_turn(item: SpeechJobItem) -> None:
    storage.delete("jobs/sent")
    answer = Client().get(_link(item))
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert not sending._taken


def test_one_link_is_asked_for_so_often_a_minute(
    item: SpeechJobItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.api.views.jobs.OF_A_LINK", 3)
    told = [_hear(Client(), _link(item))[0] for _ in range(4)]
    assert told == [200, 200, 200, 429]


def test_answers_that_nobody_reads_are_so_many_and_make_room_when_they_end(
    item: SpeechJobItem,
) -> None:
    open_answers = [Client().get(_link(item)) for _ in range(sending.OF_ONE)]
    refused = Client().get(_link(item))
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused["Retry-After"] == "60"
    assert b"".join(open_answers.pop()) == AUDIO
    assert _hear(Client(), _link(item)) == (200, len(AUDIO))
    open_answers.clear()
    gc.collect()  # connections that broke before the first byte
    assert not sending._taken


def test_one_person_hears_so_many_recordings_at_once(recording: Recording) -> None:
    client = _creator(recording)
    held = [client.get(_audio(recording)) for _ in range(media.OF_ONE)]
    refused = client.get(_audio(recording))
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    other = factories.record(factories.make_recording(factories.make_voice()), AUDIO)
    assert _hear(_creator(other), _audio(other)) == (200, len(AUDIO))
    for answer in held:
        b"".join(answer)
    assert not sending._taken


def test_a_process_sends_so_many_in_all() -> None:
    turns = [sending.take_turn(f"user {n}", "tried", in_all=3) for n in range(3)]
    with pytest.raises(SpeechRefused) as refusal:
        sending.take_turn("user 4", "tried", in_all=3)
    assert refusal.value.status == 503
    for turn in turns:
        turn.give_back()
        turn.give_back()
    assert not sending._taken


def test_an_answer_that_is_read_too_slowly_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    file = TemporaryFile()  # noqa: SIM115 - sending it closes it
    file.write(b"\0" * (3 * sending.PIECE))
    turn = sending.take_turn("user 1", "slow")
    answer: Any = sending.send_file(file, name="x", content_type="x/x", turn=turn)
    now = time.monotonic()

    async def read_slowly() -> None:
        pieces = aiter(answer.streaming_content)
        assert len(await anext(pieces)) == sending.PIECE
        later = now + sending.PATIENCE + sending.PIECE / sending.LEAST_RATE + 1
        monkeypatch.setattr(time, "monotonic", lambda: later)
        with pytest.raises(TimeoutError):
            await anext(pieces)

    asyncio.run(read_slowly())
    monkeypatch.undo()
    assert (file.closed, bool(sending._taken)) == (True, False)


def test_a_person_takes_one_copy_at_a_time() -> None:
    asked = factories.make_user().privacy_requests.create(
        kind="export", state="done", storage_key="copies/sent",
        sha256=storage.put_encrypted("copies/sent", AUDIO),
    )  # fmt: skip
    first = downloads.send_copy(request=asked, by=asked.user)
    with pytest.raises(SpeechRefused):
        downloads.send_copy(request=asked, by=asked.user)
    assert b"".join(first) == AUDIO
    assert b"".join(downloads.send_copy(request=asked, by=asked.user)) == AUDIO
