"""People told from engines and loudspeakers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthesis.audio.decoding import Recording, decode
from synthesis.audio.resample import resample
from synthesis.engines.kokoro import KokoroEngine
from synthesis.liveness.clones import speak
from synthesis.liveness.network import ACCEPTED, judge
from synthesis.liveness.simulation import RATE, replayed


def test_people_are_heard_to_be_people(people: dict[str, list[Path]]) -> None:
    for files in people.values():
        found = decode(files[0].read_bytes())
        assert judge(found.samples, found.rate).live >= ACCEPTED


def test_an_instant_clone_is_heard_to_be_one(engine: KokoroEngine, person: list[Recording]) -> None:
    clone = speak(engine, engine.instant(person), 1)
    found = judge(clone, 24_000)
    assert found.live < ACCEPTED
    assert found.synthetic > found.replay


def test_a_voice_of_nobody_is_heard_to_be_one(engine: KokoroEngine) -> None:
    voice = engine.mix({"jf_nezumi": 0.55, "jm_kumo": 0.45}, pitch_shift=0.7)
    assert judge(speak(engine, voice, 0), 24_000).live < ACCEPTED


@pytest.mark.parametrize("seed", range(3))
def test_a_loudspeaker_is_heard(person: list[Recording], seed: int) -> None:
    at_rate = resample(person[0].samples, person[0].rate, RATE)
    played = replayed(at_rate, np.random.default_rng(1_000 + seed))
    assert judge(played, RATE).live < ACCEPTED
