"""Taking a text apart and reading it takes time in proportion to it, whatever stands in a row."""

from __future__ import annotations

import pytest

from synthesis.text.languages import LANGUAGES
from synthesis.text.reading import reading
from synthesis.text.sentences import split_sentences
from tests.processor_time import within

STOPS = {
    "stops": "a " + "." * 12_000 + "x",
    "marks": "a " + "?!" * 6_000 + "x",
    "dots": "a " + "…" * 12_000 + "x",
    "stops and quotes": "a " + "." * 6_000 + '"' * 6_000 + "x",
    "stops and references": "a " + "." * 6_000 + "[1]" * 2_000 + "x",
    "brackets": "a ." + "]" * 12_000 + "x",
    "line ends": "a" + "\n \n" * 4_000 + "x",
}


@pytest.mark.parametrize("text", STOPS.values(), ids=STOPS.keys())
def test_many_stops_in_a_row_are_passed_once(text: str) -> None:
    for language in ("en-US", "es", "hi"):
        with within(0.5):
            split_sentences(text, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("body", ["1,", "1", "1.", "a.", "元1", "-1"])
def test_a_text_without_a_sentences_end_is_read_in_parts(language: str, body: str) -> None:
    reading(f"3 a 1,2. {body}", language)  # loads grammar and words
    with within(1.5):
        reading((body * 6_000)[:6_000], language)
