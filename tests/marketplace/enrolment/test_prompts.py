"""What people are asked to read: few sentences with many sounds, as the command chooses them."""

from __future__ import annotations

import tomllib

import pytest

from marketplace.enrolment.management.commands.choose_prompts import written
from marketplace.enrolment.prompts import (
    CHOSEN,
    LONGEST,
    MOST,
    TAGS,
    candidates_in,
    key_of,
    prompt_of,
    prompts_in,
)
from marketplace.voices.models import Voice
from marketplace.voices.uses import ORDINARY_USES
from synthesis.text.coverage import Candidate, choose, coverage, sounds
from synthesis.text.phonemes import phonemize


@pytest.mark.parametrize("language", ["en", "fr", "zh"])
def test_the_sentences_of_a_language_are_those_that_the_command_chooses(language: str) -> None:
    chosen = tomllib.loads(written(language))[language]
    assert chosen == tomllib.loads(CHOSEN.read_text("utf-8"))[language]


def test_every_language_of_the_voices_has_sentences_of_every_ordinary_use() -> None:
    for language in Voice.Language.values:
        prompts = prompts_in(language)
        assert len(prompts) == MOST
        assert {prompt.use for prompt in prompts} >= set(ORDINARY_USES)
        assert all(len(prompt.text) <= LONGEST for prompt in prompts)
        assert len({prompt.key for prompt in prompts}) == MOST


def test_the_chosen_english_sentences_have_more_sounds_than_the_first_ones() -> None:
    pool = [Candidate(text, use, phonemize(text, TAGS["en"])) for use, text in candidates_in("en")]
    keys = {prompt.key for prompt in prompts_in("en-GB")}
    chosen = [each for each in pool if key_of(each.text) in keys]
    had, would_have = coverage(chosen, pool), coverage(pool[:MOST], pool)
    assert had[0] > 0.9
    assert had > would_have
    assert had[1] > would_have[1]


def test_a_sentence_is_found_by_its_key_in_its_own_language_alone() -> None:
    prompt = prompts_in("en-US")[2]
    assert prompt_of("en-GB", prompt.key) == prompt
    assert prompt_of("fr", prompt.key) is None
    assert prompt_of("en-US", "") is None


def test_the_next_sentence_is_the_one_with_most_new_sounds_of_the_kind_whose_turn_it_is() -> None:
    few, many = Candidate("few", "a", "papa"), Candidate("many", "a", "stilø")
    other = Candidate("other", "b", "pa")
    assert choose([few, many, other], 3) == [many, other, few]
    assert choose([few, many, other], 1) == [many]


def test_a_length_belongs_to_its_sound_and_a_stress_to_none() -> None:
    assert sounds("t\u02c8u\u02d0, o\u0303!") == ["t", "u\u02d0", "_", "o\u0303"]
