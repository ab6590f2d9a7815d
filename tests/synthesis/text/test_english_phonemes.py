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
    ("He bowed low.", "bˈWd"),
    ("Bowed legs ache.", "bˈOd"),
    ("Sharpen the axes for the tree.", "ˈæksᵻz"),
    ("The axes of the graph cross.", "ˈæksˌiz"),
    ("The bases were loaded.", "bˈAsᵻz"),
    ("The bases of the theory are weak.", "bˈAsiz"),
    ("She rode her moped.", "mˈOpˌɛd"),
    ("He moped about.", "mˈOpt"),
    ("They protest daily.", "pɹətˈɛst"),
    ("A protest march began.", "pɹˈOtˌɛst"),
    ("Snakes slough off their skin.", "slˈʌf"),
    ("The Book of Job is old.", "ʤˈOb"),
    ("On Rodeo Drive they shop.", "ɹOdˈAO"),
    ("He stood on the putting green.", "pˈʌTɪŋ"),
    ("When the does are near, hide.", "dˈOz"),
    ("It made her content.", "kəntˈɛnt"),
    ("A hotel in Nice was full.", "nˈis"),
    ("Get the lead out!", "lˈɛd"),
    ("The lead pipe leads here.", "lˈɛd"),
    ("Close the door.", "klˈOz"),
    ("He wound the wound.", "wˈWnd ðə wˈund"),
    ("Polish the Polish table.", "pˈɑlɪʃ ðə pˈOlɪʃ"),
    ("The minute details matter.", "mInjˈut"),
    ("They record a record.", "ɹəkˈɔɹd ɐ ɹˈɛkəɹd"),
    ("A bass fish swam by.", "bˈæs"),
    ("He plays bass guitar.", "bˈAs"),
    ("We caught a large bass in the lake.", "bˈæs"),
    ("They had a terrible row last night.", "ɹˈW"),
    ("Three wins in a row.", "ɹˈO"),
    ("A row broke out between them.", "ɹˈW"),
    ("Gold is heavier than lead.", "lˈɛd"),
    ("All roads lead to Rome.", "lˈid"),
    ("There is a tear in my shirt.", "tˈɛɹ"),
    ("A tear in her eye.", "tˈɪɹ"),
    ("We watched it live on TV.", "lˈIv"),
    ("People live on Earth.", "lˈɪv"),
    ("Have you read it?", "ɹˈɛd"),
    ("I read every day.", "ɹˈid"),
    ("She felt content with life.", "kəntˈɛnt"),
    ("Soldiers who desert are punished.", "dəzˈɜɹt"),
    ("The actors took a bow.", "bˈW"),
    ("He tied a bow.", "bˈO"),
    ("Please send your resume.", "ɹˈɛzəmˌA"),
    ("The old sow was sick.", "sˈW"),
    ("He is a learned man.", "lˈɜɹnɪd"),
    ("Insert the coin.", "ɪnsˈɜɹt"),
    ("Present your ticket.", "pɹizˈɛnt"),
    ("A train to Reading, England.", "ɹˈɛdɪŋ"),
    ("Nice is a city, and I live in Nice.", "nˈis."),
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
