"""Attack: entries of another language at one word cost time for each letter of a text."""

from __future__ import annotations

import time
from itertools import islice, product

import pytest

from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import api_keys
from synthesis.text.lexicon import Entry, Lexicon
from synthesis.text.wording import Wording
from tests import factories
from tests.api_client import api_client


def _seconds(entries: list[Entry], text: str) -> float:
    lexicon = Lexicon(entries)
    Wording.of("b", "en-US", lexicon)
    began = time.process_time()
    Wording.of(text, "en-US", lexicon)
    return time.process_time() - began


def _of_another_language(number: int) -> list[Entry]:
    words = ("".join(letters) for letters in product("aA", repeat=10))
    return [Entry(word, alias="x", language="fr", whole_words=False) for word in islice(words, number)]


def test_entries_that_are_for_another_language_cost_no_time_in_this_one() -> None:
    few, many = (_seconds(_of_another_language(number), "a" * 5_000) for number in (10, 1_000))
    print(f"10 entries {few:.2f} s, 1,000 entries {many:.2f} s for 5,000 characters")
    assert many < 10 * few


def test_a_word_that_nearly_fits_everywhere_costs_no_more_than_a_second() -> None:
    took = _seconds([Entry("a" * 79 + "b", alias="x", whole_words=False)], "a" * 99_000)
    print(f"{took:.2f} s for one entry")
    assert took < 1.0


@pytest.mark.django_db
def test_a_job_that_a_free_key_cannot_pay_holds_no_web_worker_with_its_lexicon() -> None:
    listing = factories.make_listing(factories.make_voice(), in_plans=True)
    person = factories.make_user()
    _, secret = api_keys.create_key(
        organization=personal_organization(person), name="Free", use="audiobook", by=person
    )
    client = api_client(secret)
    entries = [
        {"word": each.word, "alias": "x", "language": "fr", "whole_words": False}
        for each in _of_another_language(1_000)
    ]
    made = client.post("/v1/lexicons", {"name": "L", "entries": entries}, format="json")
    assert made.status_code == 201
    body = {"input": "a" * 20_000, "voice": listing.voice.slug, "lexicon": made.json()["id"]}
    began = time.process_time()
    answer = client.post("/v1/speech-jobs", body, format="json")
    took = time.process_time() - began
    print(answer.status_code, answer.json()["code"], f"{took:.2f} s for 20,000 characters")
    assert took < 1.0
