"""The detector tells people from engines and loudspeakers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthesis.audio.decoding import Recording, decode
from synthesis.audio.resample import resample
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.instant import instant_voice
from synthesis.liveness.clones import speak
from synthesis.liveness.network import judge
from synthesis.liveness.simulation import RATE, splice, through_loudspeaker
from synthesis.verification.reading_check import SPLICED, compare, decide, speaker_of
from synthesis.verification.thresholds import LIVE_ACCEPTED as ACCEPTED


def test_people_are_heard_to_be_people(people: dict[str, list[Path]]) -> None:
    for files in people.values():
        found = decode(files[0].read_bytes())
        assert judge(found.samples, found.rate).live >= ACCEPTED


@pytest.mark.slow  # a clone is made for it
def test_an_instant_clone_is_heard_to_be_one(engine: KokoroEngine, person: list[Recording]) -> None:
    clone = speak(engine, instant_voice(engine, person), 1)
    found = judge(clone, 24_000)
    assert found.live < ACCEPTED
    assert found.synthetic > found.replay


@pytest.mark.slow
def test_a_voice_of_nobody_is_heard_to_be_one(engine: KokoroEngine) -> None:
    voice = engine.mix({"jf_nezumi": 0.55, "jm_kumo": 0.45}, pitch_shift=0.7)
    assert judge(speak(engine, voice, 0), 24_000).live < ACCEPTED


@pytest.mark.parametrize("seed", range(3))
def test_a_loudspeaker_is_heard(person: list[Recording], seed: int) -> None:
    at_rate = resample(person[0].samples, person[0].rate, RATE)
    played = through_loudspeaker(at_rate, np.random.default_rng(1_000 + seed))
    assert judge(played, RATE).live < ACCEPTED


@pytest.mark.slow
def test_a_true_reading_is_not_taken_for_cut_and_words_in_another_order_are(
    people: dict[str, list[Path]],
) -> None:
    for files in list(people.values())[:3]:
        takes = [decode(path.read_bytes()) for path in files]
        speaker = speaker_of(takes[3:])
        read = np.concatenate([take.samples for take in takes[:3]])
        read = resample(read, takes[0].rate, RATE)
        true = compare(Recording(read, RATE, "wav"), speaker)
        cut = splice(read, np.random.default_rng(1))
        false = compare(Recording(cut, RATE, "wav"), speaker)
        assert true["spliced"] < SPLICED < false["spliced"]


def test_a_reading_that_sounds_cut_goes_to_a_moderator_and_not_through() -> None:
    scores = {
        "phrase_words": 8, "word_error_rate": 0.0, "live": 0.9, "synthetic": 0.1, "replay": 0.0,
        "score": 8.0, "second_score": 8.0, "least_alike_part": 9.0, "end_spliced": 0.0,
        "unheard": [],
    }  # fmt: skip
    assert decide("t", {**scores, "spliced": SPLICED - 0.1}).code == ""
    found = decide("t", {**scores, "spliced": SPLICED + 0.1})
    assert (found.code, found.doubtful) == ("splice_suspected", True)
