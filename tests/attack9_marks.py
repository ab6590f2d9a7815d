"""Attack: three vowel signs are no marks by their class but two each once decomposed, and pile up."""

from __future__ import annotations

import time
import unicodedata

import pytest

from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import api_keys
from synthesis.text.marks import has_few_marks
from tests import factories
from tests.api_client import api_client

DOUBLE = "\u0f73"  # Tibetan vowel sign ii: class 0, decomposes to classes 129 and 130


@pytest.mark.parametrize("sign", ["\u0f73", "\u0f75", "\u0f81"])
def test_signs_that_are_marks_once_they_are_decomposed_count_as_marks(sign: str) -> None:
    assert all(map(unicodedata.combining, unicodedata.normalize("NFD", sign)))
    assert not has_few_marks("a" + sign * 1_000)


def test_halfwidth_marks_count_as_marks_where_they_become_some() -> None:
    pile = "a" + "\uff9e\u0338" * 1_000
    assert all(map(unicodedata.combining, unicodedata.normalize("NFKD", pile)[1:]))
    assert not has_few_marks(pile)


@pytest.mark.django_db
def test_a_job_that_a_free_key_cannot_pay_is_not_sorted_mark_by_mark() -> None:
    listing = factories.make_listing(factories.make_voice(), in_plans=True)
    person = factories.make_user()
    _, secret = api_keys.create_key(
        organization=personal_organization(person), name="Free", use="audiobook", by=person
    )
    body = {"input": "a" + DOUBLE * 99_998, "voice": listing.voice.slug}
    began = time.process_time()
    answer = api_client(secret).post("/v1/speech-jobs", body, format="json")
    took = time.process_time() - began
    print(answer.status_code, answer.json()["code"], f"{took:.2f} s")
    assert took < 1.0
