"""Speech jobs are accepted all or nothing, spoken once, and linked for a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace import storage
from marketplace.api import jobs
from marketplace.api.models import SpeechJob, SpeechJobItem
from marketplace.consent import withdrawal
from marketplace.licensing import api_keys, settlement
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.queue import Work
from marketplace.refusals import StorageUnavailable
from synthesis.audio.decoding import decode
from synthesis.engines.kokoro import KokoroEngine
from synthesis.template import VoiceTemplate
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from tests import factories
from tests.api_client import api_client
from tests.work import do

pytestmark = pytest.mark.django_db


def _post(secret: str, path: str, body: dict[str, Any], **headers: str) -> Any:
    client = APIClient(headers={"Authorization": f"Bearer {secret}", **headers})
    return client.post(f"/v1/{path}", body, format="json")


@pytest.fixture
def buyer(mixed: VoiceTemplate) -> tuple[ApiKey, str, str]:
    """A key, its secret, and the slug of a voice whose template is in the store."""
    key, secret = factories.make_key(
        factories.make_licence(factories.make_listing(characters=5_000))
    )
    licence = key.licences.get()
    version = licence.voice_version
    version.sha256 = storage.put_encrypted(version.storage_key, mixed.to_bytes())
    version.engine, version.engine_version = mixed.engine, mixed.version
    version.save()
    return key, secret, licence.voice.slug


def test_a_long_text_is_taken_at_once_and_spoken_later(
    buyer: tuple[ApiKey, str, str], engine: KokoroEngine
) -> None:
    _, secret, slug = buyer
    text = " ".join(f"This is sentence number {n} of the story." for n in range(8))
    taken = _post(secret, "speech-jobs", {"input": text, "voice": slug, "response_format": "wav"})
    assert taken.status_code == 202, taken.text
    assert taken.json()["items"][0]["audio_url"] is None
    assert Licence.objects.get().characters_used == len(text)
    item = SpeechJobItem.objects.get()
    for _ in range(2):
        do(Work.SPEAK_ITEM, item.pk)
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    done = client.get(f"/v1/speech-jobs/{taken.json()['id']}").json()
    assert (done["status"], done["progress"]) == ("completed", 1.0)
    link = done["items"][0]["audio_url"].replace("http://127.0.0.1:8000", "")
    assert decode(b"".join(Client().get(link))).seconds > 8
    item.refresh_from_db()
    assert item.text == ""
    assert Generation.objects.get().state == Generation.State.SETTLED


def test_an_audible_notice_goes_before_the_speech_and_costs_nothing(
    buyer: tuple[ApiKey, str, str], settings: object
) -> None:
    _, secret, slug = buyer
    settings.AI_NOTICE = "audible"  # type: ignore[attr-defined]
    text = "The tide comes in at noon."
    _post(secret, "speech-jobs", {"input": text, "voice": slug, "response_format": "wav"})
    item = SpeechJobItem.objects.get()
    do(Work.SPEAK_ITEM, item.pk)
    item.refresh_from_db()
    heard = decode(storage.get(item.storage_key))
    said = transcribe(heard.samples, heard.rate)
    assert word_error_rate(f"This is an artificial voice. {text}", said) <= 0.2
    assert Generation.objects.get().characters_spoken == len(text)


def test_a_batch_is_taken_whole_or_not_at_all(buyer: tuple[ApiKey, str, str]) -> None:
    _, secret, slug = buyer
    items = [
        {"input": "Hello there."},
        {"input": "x" * 4_000 + " a"},
        {"input": "y" * 2_000 + " b"},
    ]
    refused = _post(secret, "speech-batches", {"items": items, "voice": slug})
    assert (refused.status_code, refused.json()["code"]) == (402, "quota_exceeded")
    assert refused.json()["detail"].startswith("Item 2:")
    assert Licence.objects.get().characters_used == 0
    assert not SpeechJob.objects.exists()
    taken = _post(secret, "speech-batches", {"items": items[:2], "voice": slug})
    assert len(taken.json()["items"]) == 2
    many = [{"input": "Hi."}] * 101
    assert _post(secret, "speech-batches", {"items": many, "voice": slug}).status_code == 422


def test_the_same_key_takes_a_job_once(buyer: tuple[ApiKey, str, str]) -> None:
    _, secret, slug = buyer
    body = {"input": "Hello there.", "voice": slug}
    first, again = (
        _post(secret, "speech-jobs", body, **{"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert SpeechJob.objects.count() == 1
    assert Licence.objects.get().characters_used == 12


def test_a_withdrawn_voice_fails_the_job_and_nothing_is_charged(
    buyer: tuple[ApiKey, str, str],
) -> None:
    _, secret, slug = buyer
    _post(secret, "speech-jobs", {"input": "Hello there.", "voice": slug})
    Licence.objects.get().voice.consents.update(state="revoked", revoked_at=timezone.now())
    do(Work.SPEAK_ITEM, SpeechJobItem.objects.get().pk)
    assert SpeechJob.objects.get().state == SpeechJob.State.FAILED
    assert SpeechJobItem.objects.get().error_code == "consent_withdrawn"
    assert Licence.objects.get().characters_used == 0


def test_a_job_waits_longer_than_a_listener_would(buyer: tuple[ApiKey, str, str]) -> None:
    _, secret, slug = buyer
    _post(secret, "speech-jobs", {"input": "Hello there.", "voice": slug})
    Generation.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert settlement.release_abandoned() == 0
    Generation.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert settlement.release_abandoned() == 1


def test_a_job_says_its_place_and_short_texts_overtake_long_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "SHORT", 20)
    key, secret = factories.make_key()
    slug = key.licences.get().voice.slug

    def place(text: str) -> int:
        answer = _post(secret, "speech-jobs", {"input": text, "voice": slug})
        return int(answer.json()["queue_position"])

    assert place("A long story about the sea and its tides.") == 1
    assert place("Another story that is as long as the first.") == 2
    assert place("Hello there.") == 1
    assert place("Good morning.") == 2
    listed = api_client(secret).get("/v1/speech-jobs").json()["data"]
    assert [job["queue_position"] for job in reversed(listed)] == [3, 4, 1, 2]


def test_a_few_texts_of_a_batch_overtake_others_and_the_rest_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "SHORT", 20)
    monkeypatch.setattr(jobs, "FEW", 2)
    key, secret = factories.make_key()
    slug = key.licences.get().voice.slug
    many = {"voice": slug, "items": [{"input": letter} for letter in "abcde"]}
    assert _post(secret, "speech-batches", many).json()["queue_position"] == 1
    one = _post(secret, "speech-jobs", {"input": "Hello there.", "voice": slug})
    assert one.json()["queue_position"] == 3


def test_what_a_job_asks_for_in_vain_is_told(buyer: tuple[ApiKey, str, str]) -> None:
    _, secret, slug = buyer
    body = {"model": "tts-1", "input": "Hello there.", "voice": slug, "seed": 7, "speed": None}
    assert _post(secret, "speech-jobs", body)["Timbre-Ignored"] == "seed"
    batch = {
        "items": [{"input": "Hello.", "voice": slug, "title": "One", "use": None}],
        "title": "All",
    }
    assert _post(secret, "speech-batches", batch)["Timbre-Ignored"] == "title, items.title"


def test_jobs_are_their_organizations_alone_and_links_can_not_be_made_up(
    buyer: tuple[ApiKey, str, str],
) -> None:
    key, secret, slug = buyer
    taken = _post(secret, "speech-jobs", {"input": "Hello there.", "voice": slug}).json()
    _, other = factories.make_key()
    client = APIClient(headers={"Authorization": f"Bearer {other}"})
    assert client.get(f"/v1/speech-jobs/{taken['id']}").status_code == 404
    item = SpeechJobItem.objects.get()
    forged = signing.TimestampSigner(salt="another").sign(str(item.pk))
    of_before = signing.TimestampSigner(salt=jobs._SALT).sign(str(item.pk))  # links had no key
    for token in (forged, str(item.pk), of_before, jobs.download_token(item, key)):
        assert Client().get(f"/v1/speech-jobs/audio/{token}").status_code == 404


def test_a_key_of_one_licence_sees_no_job_of_another(buyer: tuple[ApiKey, str, str]) -> None:
    key, secret, slug = buyer
    taken = _post(secret, "speech-jobs", {"input": "Hello there.", "voice": slug}).json()
    other = factories.make_licence(buyer=key.owner)
    _, limited = api_keys.create_key(
        organization=key.organization, licences=[other], name="Other", by=key.owner
    )
    _, whole = api_keys.create_key(organization=key.organization, name="All", by=key.owner)
    seen = {
        each: api_client(each).get(f"/v1/speech-jobs/{taken['id']}").status_code
        for each in (secret, limited, whole)
    }
    assert seen == {secret: 200, limited: 404, whole: 200}
    assert api_client(limited).get("/v1/speech-jobs").json()["data"] == []


def test_a_link_to_audio_ends_with_the_key_that_got_it(buyer: tuple[ApiKey, str, str]) -> None:
    key, secret, slug = buyer
    _post(secret, "speech-jobs", {"input": "Hello there.", "voice": slug})
    item = SpeechJobItem.objects.get()
    storage.put("jobs/x", b"audio")
    SpeechJobItem.objects.update(storage_key="jobs/x")
    address = f"/v1/speech-jobs/audio/{jobs.download_token(item, key)}"
    assert b"".join(Client().get(address)) == b"audio"
    api_keys.revoke_key(key=key, by=key.owner)
    assert Client().get(address).status_code == 404


def test_audio_of_a_voice_that_was_silenced_for_abuse_is_withheld_and_erased(
    buyer: tuple[ApiKey, str, str],
) -> None:
    key, secret, slug = buyer
    _post(secret, "speech-jobs", {"input": "Hello there.", "voice": slug})
    item = SpeechJobItem.objects.get()
    storage.put("jobs/x", b"audio")
    SpeechJobItem.objects.update(storage_key="jobs/x")
    withdrawal.silence(voice=item.generation.voice, by=None, reason="takedown")
    answer = Client().get(f"/v1/speech-jobs/audio/{jobs.download_token(item, key)}")
    assert (answer.status_code, answer.json()["code"]) == (410, "voice_silenced")
    assert jobs.forget_old() == 1
    with pytest.raises(StorageUnavailable):
        storage.get("jobs/x")


def test_a_link_to_audio_ends_with_the_account(buyer: tuple[ApiKey, str, str]) -> None:
    key, secret, slug = buyer
    _post(secret, "speech-jobs", {"input": "Hello there.", "voice": slug})
    item = SpeechJobItem.objects.get()
    storage.put("jobs/x", b"audio")
    SpeechJobItem.objects.update(storage_key="jobs/x")
    address = f"/v1/speech-jobs/audio/{jobs.download_token(item, key)}"
    type(key.owner).objects.filter(pk=key.owner.pk).update(is_active=False)
    assert Client().get(address).status_code == 404
