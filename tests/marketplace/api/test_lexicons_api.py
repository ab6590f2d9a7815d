"""Lexicons over the API: ours, and ElevenLabs' with its own client; whose they are; what is applied."""

from __future__ import annotations

import io
from typing import Any

import elevenlabs
import elevenlabs.core
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from elevenlabs.pronunciation_dictionaries import (
    BodyAddAPronunciationDictionaryV1PronunciationDictionariesAddFromRulesPostRulesItem_Alias as Alias,
)
from elevenlabs.pronunciation_dictionaries import (
    BodyAddAPronunciationDictionaryV1PronunciationDictionariesAddFromRulesPostRulesItem_Phoneme as Phoneme,
)
from rest_framework.test import APIClient

from marketplace.api import speaking
from marketplace.lexicons import pls, queries, services
from marketplace.lexicons.models import Lexicon
from marketplace.licensing import api_keys
from marketplace.licensing.models import ApiKey, Generation
from synthesis.refusals import SpeechFailed
from synthesis.speech_request import SpeechRequest
from synthesis.text.lexicon import Entry
from tests import factories

pytestmark = pytest.mark.django_db
W3C = Entry("W3C", alias="World Wide Web Consortium")


def _api(secret: str, **headers: str) -> APIClient:
    return APIClient(headers={"Authorization": f"Bearer {secret}", **headers})


@pytest.fixture
def keyed() -> tuple[ApiKey, str]:
    return factories.make_key()


def _lexicon(key: ApiKey, *entries: Entry, **options: Any) -> Lexicon:
    return services.create_lexicon(
        organization=key.organization, name="Brands", by=key.owner, entries=entries, **options
    )


def test_a_lexicon_is_made_read_changed_and_archived(keyed: tuple[ApiKey, str]) -> None:
    _, secret = api_keys.create_key(
        organization=keyed[0].organization, name="Everything", by=keyed[0].owner
    )
    api = _api(secret)
    made = api.post(
        "/v1/lexicons",
        {
            "name": "Brands",
            "default": True,
            "entries": [{"word": "W3C", "alias": "the consortium"}],
        },
        format="json",
    )
    assert made.status_code == 201, made.text
    address = f"/v1/lexicons/{made.json()['id']}"
    added = api.post(f"{address}/entries", {"word": "GIF", "ipa": "dʒɪf"}, format="json")
    assert (added.status_code, added.json()["ipa"]) == (201, "dʒɪf")
    entry = f"{address}/entries/{added.json()['id']}"
    changed = api.put(entry, {"word": "GIF", "alias": "jif", "language": "en"}, format="json")
    assert (changed.json()["alias"], changed.json()["language"]) == ("jif", "en-US")
    assert api.get(entry).status_code == 404
    entry = f"{address}/entries/{changed.json()['id']}"
    assert api.get(entry).json()["word"] == "GIF"
    rows = api.get(f"{address}/entries").json()
    assert [row["word"] for row in rows["data"]] == ["GIF", "W3C"]
    assert api.delete(entry).status_code == 204
    assert api.get(address).json()["entries"] == 1
    renamed = api.patch(address, {"name": "Names", "default": False}, format="json").json()
    assert (renamed["name"], renamed["default"], renamed["version_number"]) == ("Names", False, 4)
    assert api.delete(address).status_code == 204
    assert api.get("/v1/lexicons").json()["data"] == []
    [archived] = api.get("/v1/lexicons?archived=true").json()["data"]
    assert archived["archived_at"]
    refused = api.post(f"{address}/entries", {"word": "a", "alias": "b"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "lexicon_archived")


def test_a_key_that_is_limited_to_licences_makes_no_default_lexicon(
    keyed: tuple[ApiKey, str],
) -> None:
    answer = _api(keyed[1]).post("/v1/lexicons", {"name": "B", "default": True}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "key_limited")


def test_files_go_in_and_come_out(keyed: tuple[ApiKey, str]) -> None:
    lexicon = _lexicon(keyed[0], Entry("old", alias="older"))
    api, address = _api(keyed[1]), f"/v1/lexicons/{lexicon.public_id}"
    first = str(lexicon.latest.public_id)
    file = SimpleUploadedFile("a.pls", pls.as_pls([W3C], "en-US").encode())
    answer = api.post(f"{address}/import", {"file": file, "replace": True}, format="multipart")
    assert (answer.status_code, answer.json()["entries"]) == (200, 1)
    exported = api.get(f"{address}/export")
    assert exported["Content-Type"] == "application/pls+xml"
    assert [each.word for each in pls.parse_file(exported.content)] == ["W3C"]
    old = api.get(f"{address}/export", {"as": "csv", "version": first})
    assert b"old,older" in old.content
    bomb = SimpleUploadedFile("a.pls", b'<!DOCTYPE l [<!ENTITY a "b">]><lexicon>&a;</lexicon>')
    refused = api.post(f"{address}/import", {"file": bomb}, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (422, "lexicon_file")
    assert lexicon.versions.count() == 2


def test_a_refusal_is_a_problem_with_its_code(keyed: tuple[ApiKey, str]) -> None:
    lexicon = _lexicon(keyed[0])
    address = f"/v1/lexicons/{lexicon.public_id}/entries"
    for body, code in (
        ({"word": "cat", "ipa": "aɪ wɪl kɪl juː"}, "pronunciation"),
        ({"word": "cat", "alias": "I will kill you and your family"}, "text_refused"),
        ({"word": "cat"}, "entry_alias"),
        ({"word": "cat", "alias": "x", "colour": "red"}, "invalid_request"),
    ):
        answer = _api(keyed[1]).post(address, body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer["Content-Type"].startswith("application/problem+json")
    assert lexicon.versions.count() == 1


def test_who_sends_too_many_entries_in_a_minute_is_told_to_wait(
    keyed: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lexicon = _lexicon(keyed[0])
    monkeypatch.setattr("marketplace.lexicons.entries.PER_MINUTE", 59)
    body = {"word": "W3C", "alias": "World Wide Web Consortium"}
    answer = _api(keyed[1]).post(f"/v1/lexicons/{lexicon.public_id}/entries", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert "Retry-After" in answer


def test_nobody_elses_key_reaches_a_lexicon_at_any_address(keyed: tuple[ApiKey, str]) -> None:
    lexicon = _lexicon(keyed[0], W3C)
    [entry] = lexicon.latest.entries
    version = lexicon.latest.public_id
    ours, theirs = (
        f"/v1/lexicons/{lexicon.public_id}",
        f"/v1/pronunciation-dictionaries/{lexicon.public_id}",
    )
    body = {"word": "a", "alias": "b"}
    rules = {"rules": [{"type": "alias", "string_to_replace": "a", "alias": "b"}]}
    stranger = _api(factories.make_key()[1])
    for method, address, data in (
        ("get", ours, None), ("patch", ours, {"name": "Mine"}), ("delete", ours, None),
        ("get", f"{ours}/entries", None), ("post", f"{ours}/entries", body),
        ("get", f"{ours}/entries/{entry.public_id}", None), ("put", f"{ours}/entries/{entry.public_id}", body),
        ("delete", f"{ours}/entries/{entry.public_id}", None), ("get", f"{ours}/export", None),
        ("get", theirs, None), ("patch", theirs, {"archived": True}), ("post", f"{theirs}/set-rules", rules),
        ("post", f"{theirs}/add-rules", rules), ("post", f"{theirs}/remove-rules", {"rule_strings": ["W3C"]}),
        ("get", f"{theirs}/{version}/download", None),
    ):  # fmt: skip
        answer = getattr(stranger, method)(address, data, format="json")
        assert answer.status_code == 404, (method, address, answer.text)
        assert getattr(APIClient(), method)(address, data, format="json").status_code == 401
    file = SimpleUploadedFile("a.csv", b"word,alias\na,b\n")
    assert stranger.post(f"{ours}/import", {"file": file}, format="multipart").status_code == 404
    assert stranger.get("/v1/lexicons").json()["data"] == []
    assert lexicon.versions.count() == 1


def test_a_key_changes_what_its_scope_allows(keyed: tuple[ApiKey, str]) -> None:
    key, _ = keyed
    lexicon = _lexicon(key)
    for scopes, reads, writes in (
        (["read"], 200, 403),
        (["speak"], 403, 403),
        (["speak", "read"], 200, 201),
    ):
        _, secret = api_keys.create_key(
            organization=key.organization, licences=list(key.licences.all()), name="K",
            scopes=scopes, by=key.owner,
        )  # fmt: skip
        address = f"/v1/lexicons/{lexicon.public_id}"
        assert _api(secret).get(address).status_code == reads
        answer = _api(secret).post(f"{address}/entries", {"word": "a", "alias": "b"}, format="json")
        assert answer.status_code == writes


class _Worker:
    """What would be spoken, as it is handed over; then the engine fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[SpeechRequest] = []

        async def first(receiver: Any, generation: Any, wanted: SpeechRequest, stream: str) -> Any:
            self.asked.append(wanted)
            raise SpeechFailed("engine_failed")

        monkeypatch.setattr(speaking, "_first", first)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> _Worker:
    return _Worker(monkeypatch)


def test_the_default_lexicon_is_applied_unless_switched_off(
    keyed: tuple[ApiKey, str], worker: _Worker
) -> None:
    key, secret = keyed
    default = _lexicon(key, W3C, default=True)
    other = _lexicon(key, Entry("W3C", alias="the others"))
    body = {"model": "timbre-1", "voice": key.licences.get().voice.slug, "input": "W3C met."}
    for option, said in (
        ({}, "World Wide Web Consortium met."),
        ({"lexicon": "none"}, "W3C met."),
        ({"lexicon": str(other.public_id)}, "the others met."),
    ):
        _api(secret).post("/v1/audio/speech", body | option, format="json")
        assert worker.asked[-1].wording.spoken == said
        assert worker.asked[-1].wording.written == "W3C met."
    versions = [generation.lexicon_versions for generation in Generation.objects.order_by("pk")]
    assert versions == [[str(default.latest.public_id)], [], [str(other.latest.public_id)]]
    answer = _api(secret).post("/v1/audio/speech", body | {"lexicon": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "lexicon_not_found")
    assert len(worker.asked) == 3


def test_a_job_remembers_the_version_that_it_was_accepted_with(keyed: tuple[ApiKey, str]) -> None:
    key, secret = keyed
    lexicon = _lexicon(key, W3C, default=True)
    version = str(lexicon.latest.public_id)
    body = {"voice": key.licences.get().voice.slug, "input": "W3C met."}
    assert _api(secret).post("/v1/speech-jobs", body, format="json").status_code == 202
    services.revise(lexicon=lexicon, by=key.owner, add=[Entry("W3C", alias="something else")])
    generation = Generation.objects.get()
    assert generation.lexicon_versions == [version]
    assert generation.characters_reserved == len("World Wide Web Consortium met.")
    assert queries.words_of(generation.lexicon_versions).entries == [W3C]


def test_a_repeat_is_read_as_the_first_time(keyed: tuple[ApiKey, str], worker: _Worker) -> None:
    from marketplace.licensing import settlement

    key, secret = keyed
    lexicon = _lexicon(key, W3C, default=True)
    body = {"model": "timbre-1", "voice": key.licences.get().voice.slug, "input": "W3C met."}
    api = _api(secret, **{"Idempotency-Key": "once"})
    api.post("/v1/audio/speech", body, format="json")
    generation = Generation.objects.get()
    Generation.objects.filter(pk=generation.pk).update(state=Generation.State.RESERVED)
    settlement.settle(generation_id=generation.pk, characters=100, seconds=1.0)
    services.revise(lexicon=lexicon, by=key.owner, add=[Entry("W3C", alias="something else")])
    api.post("/v1/audio/speech", body, format="json")
    assert [asked.wording.spoken for asked in worker.asked] == [
        "World Wide Web Consortium met."
    ] * 2


def test_elevenlabs_locators_replace_the_default(
    keyed: tuple[ApiKey, str], worker: _Worker
) -> None:
    key, secret = keyed
    _lexicon(key, W3C, default=True)
    one = _lexicon(key, Entry("W3C", alias="the first"))
    two = _lexicon(key, Entry("W3C", alias="the second"), Entry("IETF", alias="engineers"))
    address = f"/v1/text-to-speech/{key.licences.get().voice.slug}"
    locators = [
        {
            "pronunciation_dictionary_id": str(each.public_id),
            "version_id": str(each.latest.public_id),
        }
        for each in (one, two)
    ]
    services.revise(lexicon=one, by=key, add=[Entry("W3C", alias="a later one")])
    for chosen, said in (
        ({}, "W3C, IETF."),
        ({"pronunciation_dictionary_locators": locators}, "the first, engineers."),
        (
            {"pronunciation_dictionary_locators": [{**locators[0], "version_id": None}]},
            "a later one, IETF.",
        ),
    ):
        _api(secret).post(address, {"text": "W3C, IETF."} | chosen, format="json")
        assert worker.asked[-1].wording.spoken == said
    wrong = {"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "x"}]}
    answer = _api(secret).post(address, {"text": "W3C."} | wrong, format="json")
    assert (answer.status_code, answer.json()["detail"]["status"]) == (404, "lexicon_not_found")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<speak>Hello", "ssml"),
        ('<speak><say-as interpret-as="cardinal">x²</say-as></speak>', "ssml"),
        ('<speak><lang xml:lang="tlh">nuqneH</lang></speak>', "language_not_spoken"),
        ('<speak><phoneme ph="ʃuːt">peace</phoneme></speak>', "pronunciation"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_with_its_code(
    keyed: tuple[ApiKey, str], text: str, code: str
) -> None:
    key, secret = keyed
    body = {"model": "timbre-1", "voice": key.licences.get().voice.slug, "input": text}
    answer = _api(secret).post("/v1/audio/speech", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Generation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_elevenlabs_client_manages_dictionaries_on_a_real_server(live_server: Any) -> None:
    _, secret = factories.make_key()
    client = elevenlabs.ElevenLabs(api_key=secret, base_url=live_server.url)
    dictionaries = client.pronunciation_dictionaries
    made = dictionaries.create_from_rules(
        name="Brands",
        description="Ours",
        rules=[
            Alias(string_to_replace="W3C", alias="the consortium", case_sensitive=False),
            Phoneme(
                string_to_replace="tomato", phoneme="T AH0 M AA1 T OW0", alphabet="cmu-arpabet"
            ),
        ],
    )
    assert (made.name, made.version_rules_num) == ("Brands", 2)
    found = dictionaries.get(made.id)
    assert [(rule.string_to_replace, rule.type) for rule in found.rules] == [
        ("W3C", "alias"),
        ("tomato", "phoneme"),
    ]
    assert found.rules[1].phoneme == "təmˈɑːtoʊ"
    added = dictionaries.rules.add(
        made.id, rules=[{"type": "alias", "string_to_replace": "IETF", "alias": "engineers"}]
    )
    assert added.version_rules_num == 3
    assert added.version_id != made.version_id
    removed = dictionaries.rules.remove(made.id, rule_strings=["tomato"])
    assert removed.version_rules_num == 2
    replaced = dictionaries.rules.set(
        made.id, rules=[{"type": "alias", "string_to_replace": "X", "alias": "ex"}]
    )
    assert replaced.version_rules_num == 1
    first = b"".join(dictionaries.download(made.id, made.version_id))
    assert [each.word for each in pls.parse_file(first)] == ["W3C", "tomato"]
    file = io.BytesIO(pls.as_pls([W3C]).encode())
    imported = dictionaries.create_from_file(name="File", file=("a.pls", file, "text/xml"))
    assert imported.version_rules_num == 1
    listed = dictionaries.list(page_size=1)
    assert [each.id for each in listed.pronunciation_dictionaries] == [imported.id]
    rest = dictionaries.list(page_size=1, cursor=listed.next_cursor)
    assert ([each.id for each in rest.pronunciation_dictionaries], rest.has_more) == (
        [made.id],
        False,
    )
    assert dictionaries.update(made.id, archived=True).archived_time_unix
    assert len(dictionaries.list().pronunciation_dictionaries) == 1
    assert len(dictionaries.list(include_archived=True).pronunciation_dictionaries) == 2
    with pytest.raises(elevenlabs.core.ApiError) as error:
        dictionaries.get("nobody")
    assert error.value.status_code == 404
    with pytest.raises(elevenlabs.core.ApiError) as error:
        dictionaries.create_from_rules(
            name="Bad", rules=[Phoneme(string_to_replace="peace", phoneme="ʃuːt", alphabet="ipa")]
        )
    assert error.value.body["detail"]["status"] == "pronunciation"
