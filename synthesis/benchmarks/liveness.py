"""How well the liveness detector by itself tells people it never heard from clones and replays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording, decode
from synthesis.audio.resample import resample
from synthesis.benchmarks.calibration import equal_error
from synthesis.benchmarks.readings import PATHS
from synthesis.benchmarks.voices import LEFT_OUT
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.instant import instant_voice
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.liveness import network
from synthesis.liveness.clones import STATEMENTS, speak
from synthesis.liveness.simulation import RATE, honest, replayed

Samples = NDArray[np.float32]
Way = Callable[[Samples, np.random.Generator], Samples]
MIN_SECONDS = 3.0  # seconds of a clip that is judged


@dataclass
class Row:
    """Live shares of people's clips and of one kind of attack."""

    kind: str
    people: Samples
    attacks: list[float] = field(default_factory=list)

    @property
    def equal_error(self) -> tuple[float, float]:
        """The error at which as many people are refused as attacks accepted, and its live share."""
        return equal_error(self.people, np.array(self.attacks, np.float32))

    @property
    def accepted(self) -> int:
        """Attacks that the detector by itself lets through."""
        return sum(share >= network.ACCEPTED for share in self.attacks)

    @property
    def to_a_moderator(self) -> int:
        """Attacks that it leaves to a person."""
        return sum(network.DOUBTED <= share < network.ACCEPTED for share in self.attacks)


def _shares(clips: Sequence[Samples], path: Way | None, random: np.random.Generator) -> list[float]:
    """Live share of each clip at 16 kHz, by `PATHS` random ways where they take one."""
    if path is None:
        return [network.judge(clip, RATE).live for clip in clips]
    return [network.judge(path(clip, random), RATE).live for clip in clips for _ in range(PATHS)]


def _clips(recordings: Sequence[Recording]) -> list[Samples]:
    return [
        resample(each.samples, each.rate, RATE)
        for each in recordings
        if len(each.samples) >= MIN_SECONDS * each.rate
    ]


def tell_apart(
    engine: KokoroEngine,
    speakers: dict[str, list[Path]],
    *,
    say: Callable[[str], None],
    seed: int = 3,
) -> list[Row]:
    """Every kind of attack against the same people's clips, as recorded and as a browser records."""
    random = np.random.default_rng(seed)
    shares: dict[str, list[float]] = {}
    people: list[float] = []

    def add(kind: str, clips: Sequence[Samples], path: Way | None) -> None:
        shares.setdefault(kind, []).extend(_shares(clips, path, random))

    for name, files in speakers.items():
        recordings = [decode(path.read_bytes()) for path in files]
        own = _clips(recordings)
        people += _shares(own, None, random) + _shares(own, honest, random)
        add("replay by a loudspeaker", own, replayed)
        for made, template in (
            ("clone", enrol_speaker(engine, recordings[:-LEFT_OUT])),
            ("instant voice", instant_voice(engine, recordings[:-LEFT_OUT])),
        ):
            spoken = [
                resample(speak(engine, template, number), engine.sample_rate, RATE)
                for number in range(len(STATEMENTS))
            ]
            add(f"{made}, fed in", spoken, None)
            add(f"{made}, through a browser's path", spoken, honest)
            add(f"{made}, by a loudspeaker", spoken, replayed)
        say(f"{name}: heard, cloned and played back")
    heard = np.array(people, np.float32)
    rows = [Row(kind, heard, found) for kind, found in shares.items()]
    return [*rows, Row("all", heard, [share for found in shares.values() for share in found])]
