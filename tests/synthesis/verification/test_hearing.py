"""A reading must be the whole statement: a few slips are forgiven, a missing use or day is not."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.audio.decoding import Recording
from synthesis.engines.kokoro import KokoroEngine
from synthesis.verification.hearing import ExpectedReading, hear, is_said
from synthesis.verification.reading_check import decide

SAID = "I agree on November 27th, 2026 that it may be licensed for audio books and suport lines."
STATEMENT = (
    "I, Ada Miller, agree on November 27, 2026 that Timbre may make a synthetic version of my "
    "voice and license it for {uses}, until November 26, 2036. My words are: engine, anchor, "
    "lantern, jungle, violet, island, timber, picture."
)
TERMS = ("November 27, 2026", "November 26, 2036", "audiobooks", "political messages")


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("November 27, 2026", True),
        ("audiobooks", True),
        ("support lines", True),  # one letter misheard
        ("November 26, 2026", False),
        ("November 27, 2036", False),
        ("games", False),
        ("political messages", False),
    ],
)
def test_a_term_is_said_or_not_however_it_is_spelt(term: str, *, said: bool) -> None:
    assert is_said(term, SAID) is said


@pytest.mark.slow
def test_a_use_that_is_left_out_is_missed_and_nothing_else(engine: KokoroEngine) -> None:
    read = STATEMENT.format(uses="audiobooks and support lines")
    chunks = engine.synthesize(read, engine.mix({"jf_alpha": 1.0}))
    reading = Recording(np.concatenate([c.samples for c in chunks]), engine.sample_rate, "wav")
    asked = ExpectedReading(
        STATEMENT.format(uses="audiobooks, support lines and political messages"),
        "engine anchor lantern jungle violet island timber picture",
        terms=TERMS,
        opening="I, Ada Miller, agree. Timbre.",
        listed=("anchor", "engine", "island", "jungle", "lantern", "picture", "timber", "violet"),
    )
    heard = hear(reading, asked)
    assert heard.as_read
    assert heard.unheard == ("political messages",)


def test_a_reading_without_one_of_its_terms_goes_to_a_moderator_and_not_through() -> None:
    scores = {"phrase_words": 8, "word_error_rate": 0.1, "live": 0.9, "unheard": ["games"]}
    found = decide("t", scores)
    assert (found.code, found.doubtful) == ("terms_unheard", True)
    assert "games" in found.reason
