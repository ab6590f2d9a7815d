"""Sentences, reading aloud, word error rate."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.text.normalize import normalize
from synthesis.text.phonemes import LANGUAGES, phonemize, tokenize, vocabulary
from synthesis.text.sentences import LIMIT, split_sentences
from synthesis.transcription.error_rate import word_error_rate

WORDS = st.sampled_from(
    ["Mr.", "Smith", "3.14", "e.g.", "Hello", "world.", "Why?", "No!", "\n\n", "D.C.", "…", "¿Qué?"]
)


@given(st.lists(WORDS, max_size=80).map(" ".join) | st.text(max_size=900))
def test_splitting_loses_no_character_and_keeps_every_place(text: str) -> None:
    sentences = split_sentences(text)
    covered = "".join(text[s.start : s.end] for s in sentences)
    spoken = [c for c in text if not c.isspace()]
    if any(c.isalnum() for c in text):
        assert [c for c in covered if not c.isspace()] == spoken
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert len(sentence.text) <= LIMIT
    assert all(a.end <= b.start for a, b in pairwise(sentences))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Mr. Smith met Dr. Jones at 5 p.m. on Friday. They left.", 2),
        ("Version 3.14 is out. Try it!", 2),
        ("Really?! Yes.", 2),
        ("One line\nanother line", 2),
        ('He said "Stop." Then he left.', 2),
        ("J. R. Ewing lives in Dallas.", 1),
        ("No. I don't.", 2),
        ("No. 5 is alive.", 1),
        ("She has a Ph.D. in physics.", 1),
        ("J.K. Rowling wrote it.", 1),
        ("He lives in Washington, D.C. now.", 1),
        ("I climbed Mt. Everest in May.", 1),
        ("We drove to Ft. Worth.", 1),
        ("The room is 300 sq. ft. in size.", 1),
        ("Call (555) 010-1234 ext. 5.", 1),
        ("The U.S. Senate met. It voted.", 2),
        ("He is from the U.S. He likes it.", 2),
        ("Plan B. We go.", 2),
        ("Wait... what?", 1),
        ("This is it.[1] Next one.", 2),
        ("1. First step\n2. Second step", 2),
        ("I live on Elm St. It is nice.", 2),
        ("He came to St. Louis. It rained.", 2),
        ('"Stop!" he cried.', 1),
        ('He turned, "This is it." she said.', 1),
        ("Well... maybe not.", 1),
        ("I wasn't . . . what I mean is no.", 1),
        ("I never meant that.... She left.", 2),
        ("He teaches (He was an engineer.) at a school.", 1),
        ("Did you see Albert I. Jones?", 1),
        ("We are a team, you and I. Did you see him?", 2),
        ("I. M. Pei designed it.", 1),
        ("At 5 a.m. Mr. Smith went out.", 1),
        ("The talk ended at 5 p.m. Everyone clapped.", 2),
        ("It was 10 a.m. Eastern time.", 1),
        ("I live in the E.U. How about you?", 2),
        ("I work for the U.S. Government in Virginia.", 1),
        ("Vitamin C. You need it.", 2),
        ("Roe v. Wade was overturned.", 1),
        ("Turn to Fig. 3 and Eq. 5. Then go on.", 2),
        ("See Sec. 4.2 and App. B for details.", 1),
        ("Open the lid. 2. Press start.", 2),
        ("Model no. XPS is new.", 1),
        ("Is it new? No. It is old.", 3),
        ("He has an M.Sc. in physics.", 1),
        ("A 45 yr. old man came.", 1),
        ("My address is 12 Oak Ave., Apt. 3. Come by.", 2),
        ("1600 Pennsylvania Ave. NW is white.", 1),
        ("Dr. No met Dr. Who.", 1),
    ],
)
def test_sentences_end_where_people_end_them(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("It costs $5.50.", "It costs five dollars and fifty cents."),
        ("It costs €1,299 now", "It costs one thousand two hundred and ninety-nine euros now"),
        ("a £3.5m deal", "a three point five million pound deal"),
        ("$0.99", "ninety-nine cents"),
        ("on 2024-03-01", "on March first, twenty twenty-four"),
        ("May 5, 1987", "May fifth, nineteen eighty-seven"),
        ("in 2005", "in two thousand and five"),
        ("the 1990s", "the nineteen nineties"),
        ("at 5:30 pm", "at five thirty P M"),
        ("at 10am", "at ten A M"),
        ("12 km", "twelve kilometres"),
        ("1 kg", "one kilogram"),
        ("-5°C", "minus five degrees Celsius"),
        ("80%", "eighty percent"),
        ("the 21st", "the twenty-first"),
        ("3.14", "three point one four"),
        ("12,345", "twelve thousand three hundred and forty-five"),
        ("room 007", "room zero zero seven"),
        ("pages 10-12", "pages ten to twelve"),
        ("3-5 km", "three to five kilometres"),
        ("Dr. Lee & Mrs. Ray", "Doctor Lee and Missus Ray"),
        ("jane_doe3@example.com", "jane underscore doe three at example dot com"),
        ("https://example.com/docs", "example dot com slash docs"),
        ("5 in the morning", "five in the morning"),
    ],
)
def test_numbers_and_names_are_read_as_people_do(written: str, read: str) -> None:
    assert normalize(written) == read


@settings(deadline=None)  # the first text waits for the lexicon
@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    normalize(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_phonemes_the_model_knows(language: str) -> None:
    own = {"hi": "नमस्ते दुनिया", "zh-CN": "你好，世界。", "ja": "こんにちは、世界。"}
    text = own.get(language, "Banana, radio, telefono.")
    phonemes = phonemize(text, language)
    assert len(phonemes) > 5
    assert set(phonemes) <= set(vocabulary())
    assert tokenize(phonemes).shape == (1, len(phonemes) + 2)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="en-US"):
        phonemize("Hello", "tlh")


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [
        ("one two three four", "one two three four", 0.0),
        ("one two three four", "One, two. three four!", 0.0),
        ("one two three four", "one three four", 0.25),
        ("one two three four", "one two tree four five", 0.5),
        ("don't stop", "dont stop", 0.0),
        ("", "noise", 1.0),
    ],
)
def test_word_error_rate_counts_wrong_missing_and_extra_words(
    said: str, heard: str, rate: float
) -> None:
    assert word_error_rate(said, heard) == rate
