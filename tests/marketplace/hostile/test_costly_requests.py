"""One cheap request keeps no web process busy, whoever sends it."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from marketplace.lexicons.entries import tidied
from marketplace.refusals import Refused
from marketplace.storefront.views.errors import page_above
from synthesis.text.languages import spoken_language
from synthesis.text.lexicon import Entry
from synthesis.text.marks import MAX_MARKS, has_few_marks
from synthesis.text.normalize import normalize
from synthesis.text.ssml import parse
from tests.processor_time import within


@pytest.mark.parametrize("tag", ["en" + "-a" * 50_000, "en-" + "x" * 900_000, "é" * 900_000])
def test_a_language_tag_is_read_no_further_than_tags_go(tag: str) -> None:
    with within(1.0):
        for _ in range(300):
            assert spoken_language(tag) is None
            with pytest.raises(Refused) as refusal:
                tidied(Entry("word", alias="other", language=tag))
    assert refusal.value.code == "entry_language"


@pytest.mark.parametrize(
    "body",
    [
        "\u3000" * 50_000 + "a" + "<s/>" * 12_500,
        " " * 50_000 + "a" + '<break time="0ms"/>' * 2_500,
        " " * 50_000 + "a" + '<s xml:lang="fr"/>' * 2_500,
    ],
)
def test_space_before_the_first_word_is_walked_once_and_not_at_each_tag(body: str) -> None:
    with within(1.0):
        script = parse(f"<speak>{body}</speak>")
    assert script.pieces[0].text.strip() == "a"


def test_rows_of_signs_a_little_too_short_are_not_tried_from_each_sign() -> None:
    row = "«" * (MAX_MARKS // 2 - 1) + "a"
    text, plain = row * 60_000, "é" * (len(row) * 60_000)
    times = []
    for each in (text, plain):
        begun = time.process_time()
        assert has_few_marks(each)
        times.append(time.process_time() - begun)
    assert times[0] < 6 * times[1], times  # tried from each, it was 20 and more


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/origin", "/lexicons/1/import", "/studio/voices/x/recordings", "/nothing"]
)
def test_a_forms_texts_are_bounded_together_at_every_address(path: str) -> None:
    client = Client()
    text = ("«" * 14 + "a") * 10_000
    answer = client.post(path, {f"text{number}": text for number in range(3)})
    assert answer.status_code == 400
    assert "at most" in answer.text


@pytest.mark.parametrize(
    ("language", "unit"), [("ja", "{}〜"), ("zh-CN", "{}至"), ("zh-CN", "{}个")]
)
def test_a_clause_without_an_end_is_compared_in_parts(language: str, unit: str) -> None:
    normalize("3人〜4人的", language)  # loads grammar and words
    with within(1.0):
        normalize("".join(unit.format(number % 7) for number in range(2_000)), language)


@pytest.mark.parametrize("asked", [f"/plans/manage?{'/a' * 3_000}", "/a" * 3_000, "/" * 6_000])
def test_the_page_above_an_address_takes_few_look_ups_however_many_slashes_it_has(
    asked: str,
) -> None:
    assert page_above("/plans/manage") == "/plans"
    with within(0.3):
        assert page_above(asked) == ("/plans" if asked.startswith("/plans") else None)
