"""A list in a request that is longer than it may be is refused before any of its items is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.serializers import ListField, ListSerializer, Serializer

from marketplace.api.lists import BoundedList
from marketplace.api.serializers import BatchRequest, ElevenLabsRequest
from marketplace.api.views.dictionaries import DictionaryOfRules, RuleStrings
from marketplace.api.views.keys import KeyChange
from marketplace.api.views.lexicons import LexiconRequest
from tests import factories
from tests.api_client import api_client
from tests.processor_time import within

MANY = 40_000  # of which 5 MB, the most that a body has, hold a million and a half
ANSWERS = {  # what we write, and nobody sends
    "TimedSpeech.words", "TimedSpeech.marks", "VoiceDocument.styles", "VoiceDocument.uses", "LicencePage.data",
    "VoicePage.data",
}  # fmt: skip
LISTS: dict[str, tuple[type[Serializer[Any]], dict[str, Any]]] = {
    "items of a batch": (BatchRequest, {"items": [0] * MANY}),
    "dictionaries": (
        ElevenLabsRequest,
        {"text": "Hello.", "pronunciation_dictionary_locators": [0] * MANY},
    ),
    "rules": (DictionaryOfRules, {"name": "Names", "rules": [0] * MANY}),
    "strings of rules": (RuleStrings, {"rule_strings": [[]] * MANY}),
    "entries": (LexiconRequest, {"name": "Names", "entries": [0] * MANY}),
    "origins": (KeyChange, {"allowed_origins": [[]] * MANY}),
}


@pytest.mark.parametrize(("request_of", "body"), LISTS.values(), ids=LISTS.keys())
def test_a_list_that_is_too_long_is_refused_unread(
    request_of: type[Serializer[Any]], body: dict[str, Any]
) -> None:
    asked = request_of(data=body)
    with within(0.2):
        assert not asked.is_valid()
    assert "no more than" in str(asked.errors)


@pytest.mark.django_db
def test_a_batch_of_too_many_items_is_refused_in_a_moment() -> None:
    _, secret = factories.make_key()
    client = api_client(secret)
    client.post("/v1/speech-batches", {"items": [0]}, format="json")
    with within(0.5):
        answer = client.post("/v1/speech-batches", {"items": [0] * MANY}, format="json")
    assert answer.status_code == 422
    assert "no more than" in answer.json()["detail"]


def _serializers(base: type[Any] = Serializer) -> Iterator[type[Any]]:
    for each in base.__subclasses__():
        if each.__module__.startswith("marketplace."):
            yield each
        yield from _serializers(each)


def test_every_list_that_somebody_sends_is_bounded_before_it_is_read() -> None:
    import marketplace.urls  # noqa: F401  # all views, and their serializers

    found = {
        f"{each.__name__}.{name}": field
        for each in _serializers()
        for name, field in each._declared_fields.items()
        if isinstance(field, ListField | ListSerializer) and not field.read_only
    }
    assert "BatchRequest.items" in found
    bounded = {name for name, field in found.items() if isinstance(field, BoundedList)}
    assert set(found) - bounded - ANSWERS == set()
