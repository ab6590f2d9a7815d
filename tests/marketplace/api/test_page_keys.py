"""A key that pages may use is public: it speaks and lists voices, and does nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from marketplace import storage
from marketplace.api import jobs
from marketplace.api.models import SpeechJob, SpeechJobItem
from marketplace.lexicons import services as lexicons
from marketplace.lexicons.models import Lexicon
from marketplace.licensing import api_keys, key_origins
from marketplace.licensing.models import ApiKey, Licence
from marketplace.policy.models import Refusal
from marketplace.refusals import Refused
from synthesis.text.lexicon import Entry
from tests import factories
from tests.api_client import api_client
from tests.tones import speak_tones

pytestmark = pytest.mark.django_db
PAGE = "https://app.example.com"
WORD = {"word": "Acme", "alias": "that scam company"}


def _key(licence: Licence, *, limited: bool = True) -> tuple[ApiKey, str]:
    return api_keys.create_key(
        organization=licence.organization,
        name="page",
        by=licence.buyer,
        use="audiobook",
        licences=[licence] if limited else [],
    )


def _finished_job(key: ApiKey, voice: str) -> SpeechJob:
    job = jobs.create_job(key=key, requests=[factories.wanted(voice, "We merge on Monday.")])
    job.items.update(storage_key="jobs/x", state=SpeechJobItem.State.COMPLETED)
    storage.put("jobs/x", b"ID3 confidential audio")
    return job


def _lexicon(licence: Licence, *, default: bool) -> Lexicon:
    return lexicons.create_lexicon(
        organization=licence.organization,
        name="Ours",
        by=licence.buyer,
        default=default,
        entries=[Entry("Acme", alias="Ack me")],
    )


def _is_refused(answer: Any) -> bool:
    """Whether it says why, in our form or in that of ElevenLabs' clients."""
    return bool(answer.status_code == 403 and '"scope_missing"' in answer.text)


def _look(client: APIClient, lexicon: Lexicon, job: SpeechJob, refusal: Refusal) -> dict[str, Any]:
    addresses = [
        "speech-jobs", f"speech-jobs/{job.public_id}", "usage", "licences", "user", "user/subscription",
        f"refusals/{refusal.public_id}", "keys", f"account/copies/{job.public_id}", "lexicons",
        f"lexicons/{lexicon.public_id}/export", "pronunciation-dictionaries",
    ]  # fmt: skip
    return {address: client.get(f"/v1/{address}") for address in addresses}


def _change(client: APIClient, lexicon: Lexicon) -> dict[str, Any]:
    one, entry = f"/v1/lexicons/{lexicon.public_id}", lexicon.entries.get(removed=None)
    rules = {"rules": [{"string_to_replace": "Acme", "type": "alias", "alias": "scam"}]}
    made = {"name": "Theirs", **rules}
    return {
        "create": client.post("/v1/lexicons", {"name": "Theirs"}, format="json"),
        "rename": client.patch(one, {"name": "Theirs"}, format="json"),
        "add": client.post(f"{one}/entries", WORD, format="json"),
        "replace": client.put(f"{one}/entries/{entry.public_id}", WORD, format="json"),
        "remove": client.delete(f"{one}/entries/{entry.public_id}"),
        "archive": client.delete(one),
        "dictionary": client.post(
            "/v1/pronunciation-dictionaries/add-from-rules", made, format="json"
        ),
        "rules": client.post(
            f"/v1/pronunciation-dictionaries/{lexicon.public_id}/add-rules", rules, format="json"
        ),
    }


@pytest.mark.parametrize("limited", [False, True])
def test_a_key_that_pages_may_use_speaks_and_does_nothing_else(
    limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_tones(monkeypatch)
    licence = factories.make_licence()
    key, secret = _key(licence, limited=limited)
    job = _finished_job(_key(licence)[0], licence.voice.slug)
    lexicon = _lexicon(licence, default=not limited)
    refusal = Refusal.objects.create(
        organization=licence.organization,
        api_key=key,
        voice=licence.voice.slug,
        category="harassment",
        rule="x",
        text_sha256="0" * 64,
    )
    # as keys of before are: with both scopes
    ApiKey.objects.filter(pk=key.pk).update(origins=[PAGE], scopes=["speak", "read"])
    visitor = api_client(secret)

    looked = _look(visitor, lexicon, job, refusal)
    assert dict.fromkeys(looked, True) == {k: _is_refused(v) for k, v in looked.items()}
    changed = _change(visitor, lexicon)
    assert dict.fromkeys(changed, True) == {k: _is_refused(v) for k, v in changed.items()}
    assert lexicon.entries.get().alias == "Ack me"
    assert Lexicon.objects.get().name == "Ours"
    said = {"input": "Good morning.", "voice": licence.voice.slug}
    assert _is_refused(visitor.post("/v1/speech-jobs", said, format="json"))
    assert SpeechJob.objects.get() == job

    spoken = visitor.post("/v1/audio/speech", {"model": "tts-1", **said}, format="json")
    assert spoken.status_code == 200
    assert visitor.get("/v1/voices").json()["data"]


def test_a_link_to_audio_ends_when_pages_may_use_the_key_that_got_it() -> None:
    licence = factories.make_licence()
    key, secret = _key(licence)
    _finished_job(key, licence.voice.slug)
    found = api_client(secret).get("/v1/speech-jobs").json()["data"][0]["items"][0]["audio_url"]
    link = found[found.index("/v1/") :]
    assert Client().get(link).status_code == 200
    key_origins.set_origins(key=key, origins=[PAGE], by=licence.buyer)
    assert Client().get(link).json()["code"] == "link_expired"


def test_a_key_that_was_in_a_page_stays_public_when_its_pages_are_taken_out() -> None:
    licence = factories.make_licence()
    key, secret = _key(licence)
    lexicon = _lexicon(licence, default=False)
    key_origins.set_origins(key=key, origins=[PAGE], by=licence.buyer)
    key = key_origins.set_origins(key=key, origins=[], by=licence.buyer)
    assert (key.origins, key.scopes) == ([], ["speak"])
    assert _is_refused(api_client(secret).get("/v1/usage"))
    added = api_client(secret).post(
        f"/v1/lexicons/{lexicon.public_id}/entries", WORD, format="json"
    )
    assert _is_refused(added)
    assert lexicon.entries.get().alias == "Ack me"


def test_no_page_is_given_a_key_that_does_not_speak() -> None:
    licence = factories.make_licence()
    key, _ = api_keys.create_key(
        organization=licence.organization, name="account", by=licence.buyer, scopes=["account"]
    )
    with pytest.raises(Refused, match="does not speak"):
        key_origins.set_origins(key=key, origins=[PAGE], by=licence.buyer)
    key.refresh_from_db()
    assert (key.origins, key.scopes) == ([], ["account"])


def test_taking_pages_out_gives_a_key_no_scope_that_it_lacked() -> None:
    licence = factories.make_licence()
    key, _ = api_keys.create_key(
        organization=licence.organization, name="account", by=licence.buyer, scopes=["account"]
    )
    ApiKey.objects.filter(pk=key.pk).update(origins=[PAGE])
    key = key_origins.set_origins(key=key, origins=[], by=licence.buyer)
    assert (key.origins, key.scopes) == ([], [])
