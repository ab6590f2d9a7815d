"""Voices that sound like a sample: measured once, shown to the browser that sent it, gone within an hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import storage
from marketplace.listings import samples
from marketplace.listings.models import Listing, Sample
from marketplace.queue import Work
from marketplace.refusals import StorageUnavailable
from marketplace.request_bodies import limit_of
from synthesis.audio.decoding import Recording
from synthesis.audio.encoding import encode
from synthesis.audio.resample import resample
from synthesis.tasks import examining
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db
PAGE = "/sounds-like"


@pytest.fixture(autouse=True)
def _nobody_sent_anything() -> None:
    cache.clear()


def _wav(seconds: float = 4.0) -> bytes:
    tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(int(seconds * 24_000)) / 24_000)
    return encode(tone.astype(np.float32), "wav")


def _send(client: Client, data: bytes, agreed: str = "1") -> Any:
    file = SimpleUploadedFile("sample.wav", data, "audio/wav")
    return client.post(PAGE, {"file": file, "agreed": agreed})


def _heard_as(monkeypatch: pytest.MonkeyPatch, listing: Listing) -> None:
    """Let whatever is sent sound like a voice on sale."""
    assert listing.version is not None
    listing.version.refresh_from_db()
    embedding = np.asarray(listing.version.embedding, np.float32)
    monkeypatch.setattr(examining, "speech_spans", lambda samples, rate: [(0.0, 4.0)])
    monkeypatch.setattr(examining.ge2e, "embed", lambda samples, rate: embedding)


def test_a_sample_orders_the_voices_by_likeness_and_its_recording_is_deleted(
    monkeypatch: pytest.MonkeyPatch, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    listings = [factories.make_listing() for _ in range(3)]
    _heard_as(monkeypatch, listings[1])
    answer = _send(client, _wav())
    sample = Sample.objects.get()
    assert answer["Location"] == reverse("storefront:sample", args=[sample.public_id])
    waiting = client.get(answer["Location"]).text
    assert "Listening" in waiting
    assert 'http-equiv="refresh"' in waiting
    key = sample.storage_key
    assert _wav() not in storage.get(key)  # encrypted
    with django_capture_on_commit_callbacks() as queued:
        do(Work.HEAR_SAMPLE, sample.pk)
    assert [call.args for call in queued] == [(Work.DELETE_OBJECT, key)]  # type: ignore[attr-defined]
    sample.refresh_from_db()
    assert (sample.state, sample.storage_key) == ("heard", "")
    page = client.get(answer["Location"]).text
    assert page.index(listings[1].voice.name) < min(
        page.index(each.voice.name) for each in (listings[0], listings[2])
    )
    assert "100% alike" in page


def test_a_person_s_sample_finds_their_own_voice_first(
    client: Client, person: list[Recording]
) -> None:
    own, _ = factories.make_listing(), factories.make_listing()
    assert own.version is not None
    embedding = examining.ge2e.embed(person[0].samples, person[0].rate)
    own.version.embedding = embedding.tolist()
    own.version.save()
    sent = resample(person[1].samples[: 15 * person[1].rate], person[1].rate, 24_000)
    answer = _send(client, encode(sent, "wav"))
    do(Work.HEAR_SAMPLE, Sample.objects.get().pk)
    page = client.get(answer["Location"])
    assert page.context["page"].object_list[0] == own
    assert page.context["page"].object_list[0].likeness > 0.7


def test_nobody_else_sees_what_a_sample_finds(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    _heard_as(monkeypatch, factories.make_listing())
    address = _send(client, _wav())["Location"]
    do(Work.HEAR_SAMPLE, Sample.objects.get().pk)
    assert client.get(address).status_code == 200
    other = Client()
    _send(other, _wav())
    for stranger in (other, Client()):
        assert stranger.get(address).status_code == 404


@pytest.mark.parametrize(
    ("data", "agreed", "says"),
    [
        (b"", "1", "Choose or record a sample first."),
        (b"RIFF", "", "Tick the box"),
        (b"x" * (samples.MAX_UPLOAD + 1), "1", "Send at most 20 MB"),
    ],
)
def test_nothing_is_taken_without_a_file_without_agreement_or_of_too_large_a_file(
    client: Client, data: bytes, agreed: str, says: str
) -> None:
    answer = _send(client, data, agreed)
    assert answer.status_code == 422
    assert says in answer.text
    assert not Sample.objects.exists()


def test_the_web_server_takes_a_sample_as_large_as_the_page_says() -> None:
    assert limit_of("POST", PAGE) > samples.MAX_UPLOAD


def test_a_queue_that_is_full_takes_no_more(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setattr(samples, "MOST_WAITING", 1)
    assert _send(client, _wav()).status_code == 302
    answer = _send(client, _wav())
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Many samples are waiting" in answer.text
    assert Sample.objects.count() == 1


def test_samples_count_with_the_other_clips_that_a_visitor_sends(client: Client) -> None:
    for _ in range(10):
        client.post("/origin", {})
    answer = _send(client, _wav())
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert not Sample.objects.exists()


@pytest.mark.parametrize(
    ("data", "code"), [(b"no audio at all", "not_audio"), (_wav(), "too_short")]
)
def test_what_holds_no_speech_is_refused_and_deleted(
    client: Client, data: bytes, code: str, django_capture_on_commit_callbacks: Any
) -> None:
    address = _send(client, data)["Location"]
    sample = Sample.objects.get()
    key = sample.storage_key
    with django_capture_on_commit_callbacks() as queued:
        do(Work.HEAR_SAMPLE, sample.pk)
    assert (Work.DELETE_OBJECT, key) in [call.args for call in queued]  # type: ignore[attr-defined]
    sample.refresh_from_db()
    assert (sample.reason_code, sample.embedding) == (code, None)
    page = client.get(address).text
    assert sample.reason in page
    assert 'type="file"' in page


def test_after_an_hour_nothing_is_left_of_a_sample(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    _heard_as(monkeypatch, factories.make_listing())
    address = _send(client, _wav())["Location"]
    do(Work.HEAR_SAMPLE, Sample.objects.get().pk)
    Sample.objects.update(created_at=timezone.now() - timedelta(minutes=59))
    assert client.get(address).status_code == 200
    assert samples.forget_samples() == 0
    Sample.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert client.get(address).status_code == 404
    assert samples.forget_samples() == 1
    assert not Sample.objects.exists()


def test_a_sample_that_nobody_heard_goes_with_its_recording(client: Client) -> None:
    _send(client, _wav())
    key = Sample.objects.get().storage_key
    Sample.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    deleted: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "at_once", lambda *arguments: deleted.append(arguments))
        samples.forget_samples()
    assert deleted == [(Work.DELETE_OBJECT, key)]


def test_a_lost_sample_is_queued_again(client: Client) -> None:
    _send(client, _wav())
    sample = Sample.objects.get()
    Sample.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    queued: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "at_once", lambda *arguments: queued.append(arguments))
        samples.forget_samples()
    assert queued == [(Work.HEAR_SAMPLE, sample.pk)]


def test_a_store_that_is_away_takes_no_sample_and_says_so(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    def away(*_: object) -> str:
        raise StorageUnavailable("away")

    monkeypatch.setattr(storage, "put_encrypted", away)
    assert _send(client, _wav()).status_code == 503
    assert not Sample.objects.exists()


def test_the_list_leads_to_the_form_and_the_form_says_what_happens(client: Client) -> None:
    assert f'href="{PAGE}"' in client.get("/voices").text
    page = client.get(PAGE).text
    assert "measured and deleted" in page
    assert 'name="agreed" value="1" required' in page
