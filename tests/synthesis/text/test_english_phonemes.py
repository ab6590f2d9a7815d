"""English phonemes: heteronyms by sense, letters by name."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from synthesis.benchmarks.reading import Case, cases
from synthesis.text.normalize import normalize
from synthesis.text.phonemes import phonemize
from tests.synthesis.text.test_reading import SHARED

pytest.importorskip("spacy", reason="English is read by eSpeak NG alone")

PATH = SHARED / "english.tsv"
HETERONYMS = [case for case in cases(PATH) if case.sounds] if PATH.exists() else []
OURS = [
    ("The lead pipe leads here.", "lˈɛd"),
    ("Close the door.", "klˈOz"),
    ("He wound the wound.", "wˈWnd ðə wˈund"),
    ("Polish the Polish table.", "pˈɑlɪʃ ðə pˈOlɪʃ"),
    ("The minute details matter.", "mInjˈut"),
    ("They record a record.", "ɹəkˈɔɹd ɐ ɹˈɛkəɹd"),
    ("A bass fish swam by.", "bˈæs"),
]


@pytest.mark.parametrize("case", HETERONYMS, ids=lambda case: case.text)
def test_a_word_of_two_sounds_is_said_by_its_sense(case: Case) -> None:
    accepted = re.findall(r"/([^/]+)/", " ".join(case.accepted))
    assert any(sound in phonemize(normalize(case.text)) for sound in accepted)


@pytest.mark.parametrize(("text", "sound"), OURS)
def test_neighbours_and_parts_of_speech_tell_the_sound(text: str, sound: str) -> None:
    assert sound in phonemize(text)


def test_letters_have_their_names_and_sentences_their_points() -> None:
    assert phonemize(normalize("It is 10 a.m. at the FBI.")).endswith("ˌɛf bˌi ˈI.")
    assert "ˌA ˈɛm" in phonemize(normalize("It is 10 a.m. now."))


def test_words_that_no_lexicon_has_are_said_too() -> None:
    assert len(phonemize("Zorblequist.")) > 8


def test_threads_at_once_read_as_one_does() -> None:
    sentences = [f"The committee number {n} will read what it has read." for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(phonemize.__wrapped__, sentences))
    assert together == [phonemize.__wrapped__(sentence) for sentence in sentences]
