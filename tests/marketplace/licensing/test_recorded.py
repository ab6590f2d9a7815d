"""What is spoken is what was reserved: text, voice and use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache

from marketplace.api.models import IdempotentRequest, SpeechJobItem
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.queue import Work
from marketplace.voices.models import Voice
from synthesis.speech_request import SpeechRequest
from synthesis.speech_stream import Receiver
from synthesis.text.wording import Wording
from tests import factories
from tests.api_client import api_client
from tests.tones import ask, speak_tones
from tests.work import do

pytestmark = pytest.mark.django_db
POLITICAL = "Vote for the Greens on Sunday, and send Senator Miller home."
ANOTHER_VOICE = "another-voice"
OTHERS: list[dict[str, Any]] = [
    {"wording": Wording("Another text.")},
    {"voice": ANOTHER_VOICE},
    {"use": "political"},
]


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> tuple[ApiKey, str]:
    """A key of a licence for audiobooks, and its secret; what is asked for is spoken at once."""
    cache.clear()
    speak_tones(monkeypatch)
    return factories.make_key()


@pytest.mark.parametrize("other", OTHERS)
def test_a_worker_speaks_nothing_else_than_was_reserved(
    key: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    slug = key[0].licences.get().voice.slug
    send = Receiver.request

    async def send_another(receiver: Receiver, wanted: SpeechRequest) -> None:
        await send(receiver, replace(wanted, **other))

    monkeypatch.setattr(Receiver, "request", send_another)
    body = {"input": "Hello there.", "voice": slug, "model": "tts-1"}
    answer = api_client(key[1]).post("/v1/audio/speech", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_as_reserved")
    made = Generation.objects.get()
    assert (made.state, made.characters_spoken) == (Generation.State.RELEASED, 0)
    assert Licence.objects.get().characters_used == 0


def test_a_job_speaks_no_other_text_than_was_reserved(key: tuple[ApiKey, str]) -> None:
    body = {"input": "Hello there.", "voice": key[0].licences.get().voice.slug}
    assert api_client(key[1]).post("/v1/speech-jobs", body, format="json").status_code == 202
    item = SpeechJobItem.objects.get()
    item.seal("Another text.")
    item.save()
    do(Work.SPEAK_ITEM, item.pk)
    item.refresh_from_db()
    assert (item.state, item.error_code) == ("failed", "not_as_reserved")
    assert item.storage_key == ""
    assert Licence.objects.get().characters_used == 0


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_spoken_again_for_nothing_is_what_was_paid(
    key: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    monkeypatch.setattr("marketplace.api.idempotency.fingerprint", lambda request: "the same")
    Voice.objects.filter(pk=factories.make_voice().pk).update(slug=ANOTHER_VOICE)
    wanted = {"input": "Hello there.", "voice": key[0].licences.get().voice.slug}

    def speak(**more: Any) -> Any:
        headers = {"Idempotency-Key": "once"}
        body = {"model": "tts-1", **wanted, **more}
        return api_client(key[1]).post("/v1/audio/speech", body, format="json", headers=headers)

    assert speak().status_code == 200
    changed = {"input": other["wording"].written} if "wording" in other else other
    refused = speak(**changed)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert IdempotentRequest.objects.get().repeats == 0
    assert speak()["Idempotent-Replayed"] == "true"
    assert Licence.objects.get().characters_used == len("Hello there.")


@pytest.mark.parametrize("end", ["", "/stream", "/with-timestamps", "/stream/with-timestamps"])
def test_no_address_of_elevenlabs_speaks_another_text_on_the_record_of_the_first(
    key: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr("marketplace.api.idempotency.fingerprint", lambda request: "the same")
    address = f"/v1/text-to-speech/{key[0].licences.get().voice.slug}{end}"
    headers = {
        "xi-api-key": key[1], "Idempotency-Key": "once", "Content-Type": "application/json",
    }  # fmt: skip
    first, second = (
        ask("POST", address, headers, b'{"text": "%s"}' % text) for text in (b"A.", b"Another.")
    )
    assert (first.status, second.status) == (200, 422)
    assert b"idempotency_key_reused" in second.body
    assert Licence.objects.get().characters_used == 2


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/v1/audio/speech", {"input": "Hello.", "model": "tts-1"}),
        ("/v1/speech-jobs", {"input": "Hello."}),
        ("/v1/speech-batches", {"items": [{"input": "Hello."}]}),
    ],
)
def test_another_request_with_the_same_idempotency_key_is_refused(
    key: tuple[ApiKey, str], address: str, body: dict[str, Any]
) -> None:
    client, wanted = api_client(key[1]), {**body, "voice": key[0].licences.get().voice.slug}
    headers = {"Idempotency-Key": "once"}
    assert client.post(address, wanted, format="json", headers=headers).status_code < 300
    text = {"items": [{"input": "Another."}]} if "items" in body else {"input": "Another."}
    refused = client.post(address, {**wanted, **text}, format="json", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert Licence.objects.get().characters_used == len("Hello.")


def test_a_text_is_judged_by_the_only_use_of_its_licence(key: tuple[ApiKey, str]) -> None:
    licence = key[0].licences.get()
    licence.terms |= {"uses": ["political"]}
    licence.save()
    body = {"input": POLITICAL, "voice": licence.voice.slug, "model": "tts-1"}
    assert api_client(key[1]).post("/v1/audio/speech", body, format="json").status_code == 200
    assert Generation.objects.get().use == "political"
