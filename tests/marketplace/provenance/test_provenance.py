"""The provenance of speech: marks, manifests, credentials, and what anyone can learn from them."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace import signing, storage
from marketplace.api.views import provenance
from marketplace.licensing import reservations, settlement
from marketplace.licensing.models import Generation
from marketplace.provenance import credentials, queries, services
from marketplace.provenance.models import Examination, Mark
from marketplace.queue import Work
from marketplace.refusals import SignatureInvalid, StorageUnavailable
from synthesis.audio.encoding import encode
from synthesis.engines.kokoro import KokoroEngine
from synthesis.template import VoiceTemplate
from synthesis.watermark.embedding import watermark
from tests import factories
from tests.work import do, do_as_queued

pytestmark = pytest.mark.django_db
TEXT = "The ferry would not come, so they waited on the stones until noon."


@pytest.fixture(scope="module")
def speech(engine: KokoroEngine, mixed: VoiceTemplate) -> Any:
    return np.concatenate([chunk.samples for chunk in engine.synthesize(TEXT, mixed)])


def _generation() -> Generation:
    key, _ = factories.make_key()
    slug = key.licences.get().voice.slug
    made = reservations.reserve(key=key, wanted=factories.wanted(slug, "Private words"))
    settlement.settle(generation_id=made.pk, characters=13, seconds=1.0)
    return Generation.objects.get(pk=made.pk)


def _examined(data: bytes) -> Examination:
    examination = services.begin_examination(data=data, sender="one")
    do(Work.EXAMINE, examination.pk)
    examination.refresh_from_db()
    return examination


def test_a_generation_has_one_mark_however_often_it_is_spoken() -> None:
    generation = _generation()
    first = services.mark_generation(generation=generation)
    assert services.mark_generation(generation=generation) == first
    assert 0 <= first.payload < 1 << 32


def test_marked_speech_is_traced_to_its_voice_and_licence(speech: Any) -> None:
    generation = _generation()
    mark = services.mark_generation(generation=generation)
    marked = watermark(speech, signing.watermark_key(), mark.payload)
    found = _examined(encode(marked, "mp3"))
    assert (found.verdict, found.mark) == ("watermarked", mark)
    origin = found.findings["origin"]
    assert origin["licence"] == generation.licence.number  # type: ignore[union-attr]
    assert origin["voice"] == generation.voice.slug


def test_what_is_found_names_no_buyer_and_no_text(speech: Any) -> None:
    generation = _generation()
    mark = services.mark_generation(generation=generation)
    marked = watermark(speech, signing.watermark_key(), mark.payload)
    claims = queries.manifest_of(generation)
    file = credentials.embed(encode(marked, "wav"), "wav", claims)
    found = _examined(file)
    told = json.dumps([found.findings, claims]) + found.report
    licence = generation.licence
    assert licence is not None
    for secret in ("Private words", licence.buyer.email, licence.organization.name):
        assert secret not in told


def test_unmarked_speech_is_not_detected_and_the_clip_is_forgotten(speech: Any) -> None:
    found = _examined(encode(speech, "wav"))
    assert (found.verdict, found.findings["origin"], found.storage_key) == (
        "not_detected",
        None,
        "",
    )


def test_a_file_that_is_no_audio_is_refused_with_the_reason() -> None:
    found = _examined(b"not audio at all")
    assert (found.state, found.reason_code) == ("refused", "not_audio")


@pytest.mark.parametrize("audio_format", credentials.MEDIA_TYPES)
def test_credentials_in_a_file_are_read_back(audio_format: str, speech: Any) -> None:
    claims = queries.manifest_of(_generation())
    file = credentials.embed(encode(speech, audio_format), audio_format, claims)
    found = credentials.read(file, audio_format)
    assert found is not None
    assert (found["intact"], found["own"]) == (True, True)
    assert found["claims"]["generation"] == claims["generation"]
    changed = bytearray(file)
    at = len(changed) // 2 if audio_format == "wav" else len(changed) - 400
    changed[at] ^= 0xFF
    spoiled = credentials.read(bytes(changed), audio_format)
    assert spoiled is None or not spoiled["intact"]


def test_a_report_is_signed_and_a_changed_one_is_found_out(speech: Any) -> None:
    found = _examined(encode(speech, "wav"))
    claims = signing.verify(found.report, APIClient().get("/v1/provenance/keys").json()["keys"])
    assert claims["audio_sha256"] == found.sha256
    head, body, signature = found.report.split(".")
    swapped = body[:-2] + ("AA" if body[-2:] != "AA" else "BB")
    with pytest.raises(SignatureInvalid):
        signing.verify(f"{head}.{swapped}.{signature}")


def test_a_manifest_is_public_and_signed() -> None:
    generation = _generation()
    answer = APIClient().get(queries.manifest_path(generation))
    assert signing.verify(answer.json()["signature"]) == answer.json()["manifest"]
    assert answer.json()["manifest"]["rights"]["uses"] == ["audiobook"]


def test_the_endpoint_answers_with_the_verdict(
    speech: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    begin = services.begin_examination

    def at_once(*, data: bytes, sender: str) -> Examination:
        examination = begin(data=data, sender=sender)
        do(Work.EXAMINE, examination.pk)
        return examination

    monkeypatch.setattr(services, "begin_examination", at_once)
    mark = services.mark_preview(voice=factories.make_listing().voice)
    marked = watermark(speech, signing.watermark_key(), mark.payload)
    file = io.BytesIO(encode(marked, "mp3"))
    file.name = "clip.mp3"
    answer = APIClient().post("/v1/provenance/detect", {"file": file}, format="multipart")
    assert answer.status_code == 200, answer.content
    assert answer.json()["verdict"] == "watermarked"
    assert answer.json()["findings"]["origin"]["kind"] == "preview"


def test_an_answer_that_takes_longer_says_where_to_ask_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(provenance, "PATIENCE", 0)
    clip = SimpleUploadedFile("a.wav", b"a clip")
    answer = client.post("/v1/provenance/detect", {"file": clip})
    body = answer.json()
    assert (answer.status_code, body["state"]) == (202, "queued")
    again = client.get(body["url"].removeprefix(settings.BASE_URL))
    assert again.json()["id"] == body["id"]


def test_looking_is_limited_by_address(client: Client) -> None:
    for _ in range(10):
        client.post("/origin", {"file": SimpleUploadedFile("a.wav", b"x")})
    answer = client.post("/origin", {"file": SimpleUploadedFile("a.wav", b"x")})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "requests per minute" in answer.content.decode()
    assert 'type="file"' in answer.content.decode()


def test_the_page_shows_what_was_found(client: Client, speech: Any) -> None:
    mark = services.mark_preview(voice=factories.make_listing().voice)
    found = _examined(encode(watermark(speech, signing.watermark_key(), mark.payload), "mp3"))
    page = client.get(f"/origin/{found.public_id}").content.decode()
    assert "Watermarked." in page
    assert mark.shown in page
    assert client.get(f"/origin/{found.public_id}.jws").content.decode() == found.report
    assert Mark.objects.count() == 1


def test_a_clip_lies_encrypted_until_it_is_examined() -> None:
    examination = services.begin_examination(data=b"a clip of somebody", sender="one")
    assert b"somebody" not in storage.get(examination.storage_key)


def test_a_clip_whose_turn_was_lost_gets_another_and_is_erased_within_the_hour(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(services, "at_once", lambda work, pk: queued.append(pk))
    do_as_queued(monkeypatch, Work.DELETE_OBJECT)
    examination = services.begin_examination(data=b"a clip of somebody", sender="one")
    key = examination.storage_key
    for minutes, erased in ((11, 0), (61, 1)):
        Examination.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))
        with django_capture_on_commit_callbacks(execute=True):
            assert services.forget_clips() == erased
    assert queued == [examination.pk]
    examination.refresh_from_db()
    assert (examination.state, examination.reason_code) == ("refused", "not_examined")
    with pytest.raises(StorageUnavailable):
        storage.get(key)


def test_a_result_is_deleted_after_90_days() -> None:
    old, new = (services.begin_examination(data=b"a clip", sender="one") for _ in range(2))
    for examination, days in ((old, 91), (new, 89)):
        Examination.objects.filter(pk=examination.pk).update(
            created_at=timezone.now() - timedelta(days=days)
        )
    do(Work.FORGET_WHAT_IS_OVER)
    assert list(Examination.objects.all()) == [new]


def test_a_clip_that_no_examination_has_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    storage.put_encrypted("examinations/left-by-a-dead-server", b"a clip")
    monkeypatch.setattr(storage, "STRAY_AFTER", timedelta(seconds=-5))
    assert services.forget_clips() >= 1
    with pytest.raises(StorageUnavailable):
        storage.get("examinations/left-by-a-dead-server")
