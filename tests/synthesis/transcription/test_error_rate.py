"""What counts as an error, and what is only a different spelling."""

from __future__ import annotations

import pytest

from synthesis.transcription.error_rate import word_error_rate


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("until November 26, 2036", "until November 26th, 2036."),
        ("for audiobooks and games", "for audio books and games"),
        ("a life long friend", "a lifelong friend"),
        ("Dr. Smith's well-known house", "doctor smiths well known house"),
    ],
)
def test_another_spelling_is_no_error(said: str, heard: str) -> None:
    assert word_error_rate(said, heard) == 0


def test_each_other_missing_or_added_word_is_one() -> None:
    assert word_error_rate("one two three four", "one too three") == 0.5
    assert word_error_rate("one two", "one and two") == 0.5
    assert word_error_rate("in to the house", "into the horse") == 0.25
