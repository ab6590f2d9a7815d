"""Idempotency-Key: a repeated POST gets the same answer and is done once."""

from __future__ import annotations

import io
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient, APIRequestFactory

from marketplace.accounts.organizations import personal_organization
from marketplace.api import speaking
from marketplace.api.models import IdempotentRequest
from marketplace.licensing import api_keys as licensing
from marketplace.licensing import reservations, settlement
from marketplace.licensing.models import Generation
from marketplace.policy.models import Refusal
from marketplace.privacy.models import PrivacyRequest
from marketplace.provenance.models import Examination
from marketplace.queue import Work
from marketplace.refusals import SpeechRefused
from tests import factories
from tests.refused_texts import refused
from tests.work import do

pytestmark = pytest.mark.django_db


def _client(secret: str = "", key: str = "once") -> APIClient:
    client = APIClient()
    names = {"HTTP_IDEMPOTENCY_KEY": key}
    if secret:
        names["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    client.credentials(**names)
    return client


def test_every_post_of_the_api_takes_an_idempotency_key() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    posts = {path: methods["post"] for path, methods in paths.items() if "post" in methods}
    assert len(posts) >= 10
    without = [
        path
        for path, post in posts.items()
        if "Idempotency-Key" not in {each["name"] for each in post.get("parameters", [])}
    ]
    assert without == []


def test_an_appeal_sent_twice_is_one_and_without_a_key_the_second_is_a_conflict() -> None:
    key, secret = factories.make_key()
    address = f"/v1/refusals/{refused(key).public_id}/appeal"
    first, again = (
        _client(secret).post(address, {"reason": "A film."}, format="json") for _ in range(2)
    )
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (first.status_code, again["Idempotent-Replayed"]) == (202, "true")
    other = _client(secret, key="another").post(address, {"reason": "A film."}, format="json")
    assert (other.status_code, other.json()["code"]) == (409, "appealed_already")
    assert Refusal.objects.get().appeal == "A film."


def test_a_copy_asked_for_twice_is_one_even_when_the_first_is_done() -> None:
    person = factories.make_user()
    _, secret = licensing.create_key(
        organization=personal_organization(person), by=person, name="Mine", scopes=["account"]
    )
    first = _client(secret).post("/v1/account/copies")
    PrivacyRequest.objects.update(state=PrivacyRequest.State.DONE)
    again = _client(secret).post("/v1/account/copies")
    assert (first.status_code, first.json()["id"]) == (202, again.json()["id"])
    assert PrivacyRequest.objects.count() == 1


def _clip(content: bytes) -> dict[str, Any]:
    file = io.BytesIO(content)
    file.name = "clip.wav"
    return {"file": file}


def test_a_clip_sent_twice_is_listened_to_once_by_whoever_sent_it(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("marketplace.api.views.provenance.PATIENCE", 0)
    url = "/v1/provenance/detect"
    first, again = (_client().post(url, _clip(b"one"), format="multipart") for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (202, again.json()["id"])
    assert again["Idempotent-Replayed"] == "true"
    changed = _client().post(url, _clip(b"two"), format="multipart")
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = _client()
    elsewhere.defaults["REMOTE_ADDR"] = "203.0.113.7"
    assert elsewhere.post(url, _clip(b"two"), format="multipart").status_code == 202
    assert Examination.objects.count() == 2
    assert "127.0.0.1" not in {row.caller for row in IdempotentRequest.objects.all()}


def test_a_clip_sent_again_gets_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.api.views.provenance.PATIENCE", 0)
    url = "/v1/provenance/detect"
    assert _client().post(url, _clip(b"no audio"), format="multipart").status_code == 202
    do(Work.EXAMINE, Examination.objects.get().pk)
    assert _client().post(url, _clip(b"no audio"), format="multipart").status_code == 422


@pytest.fixture
def repeated() -> tuple[Any, Generation]:
    """A function that asks once more for a text that was spoken whole, and its record."""
    key, _ = factories.make_key()
    wanted = factories.wanted(key.licences.get().voice.slug, "Hello there.")
    request = APIRequestFactory().post(
        "/v1/audio/speech", {"input": "a"}, format="json", headers={"Idempotency-Key": "once"}
    )
    request.auth, request.data = key, {"input": "a"}  # type: ignore[attr-defined]

    def ask() -> tuple[Generation, bool]:
        return speaking.reserved_for(request, key, wanted)  # type: ignore[arg-type]

    made, _ = ask()
    settlement.settle(generation_id=made.pk, characters=made.characters_reserved, seconds=1.0)
    return ask, made


def test_what_is_spoken_again_is_one_of_the_concurrent_requests(
    repeated: tuple[Any, Generation], settings: Any
) -> None:
    ask, made = repeated
    settings.STREAMS_PER_ORGANIZATION = 1
    assert ask() == (made, True)
    with pytest.raises(SpeechRefused) as refusal:
        reservations.reserve(
            key=made.api_key, wanted=factories.wanted(made.voice.slug, "Another text.")
        )
    assert refusal.value.code == "too_many_streams"
    settlement.settle(generation_id=made.pk, characters=3, seconds=0.2)
    again = Generation.objects.get(pk=made.pk)
    assert (again.state, again.characters_spoken, again.seconds) == ("settled", 12, 1.0)
    assert again.licence is not None
    assert again.licence.characters_used == 12


def test_there_is_an_end_to_what_is_spoken_again_for_nothing(
    repeated: tuple[Any, Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, made = repeated
    monkeypatch.setattr(speaking, "MAX_REPEATS", 1)
    ask()
    settlement.settle(generation_id=made.pk, characters=12, seconds=1.0)
    with pytest.raises(SpeechRefused) as refusal:
        ask()
    assert (refusal.value.status, refusal.value.code) == (429, "too_many_repeats")


def test_another_text_under_a_used_key_is_refused_before_it_is_read(
    repeated: tuple[Any, Generation],
) -> None:
    _, made = repeated
    request = APIRequestFactory().post(
        "/v1/audio/speech", {"input": "b"}, format="json", headers={"Idempotency-Key": "once"}
    )
    request.auth, request.data = made.api_key, {"input": "b"}  # type: ignore[attr-defined]
    with pytest.raises(SpeechRefused) as refusal:
        speaking.admitted(request, ["a-voice-of-nobody"], [])  # type: ignore[arg-type]
    assert refusal.value.code == "idempotency_key_reused"
