"""How well the liveness detector alone tells unseen people from clones and replays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording, decode_own
from synthesis.audio.resample import resample
from synthesis.benchmarks.calibration import equal_error
from synthesis.benchmarks.people import LEFT_OUT
from synthesis.benchmarks.readings import PATHS
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.instant import instant_voice
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.liveness import network
from synthesis.liveness.clones import STATEMENTS, speak
from synthesis.liveness.simulation import RATE, through_loudspeaker, through_microphone
from synthesis.verification.thresholds import LIVE_ACCEPTED, LIVE_DOUBTED

Samples = NDArray[np.float32]
Way = Callable[[Samples, np.random.Generator], Samples]
MIN_SECONDS = 3.0  # shorter clips are not judged


@dataclass
class Row:
    """Live shares of people's clips and of one kind of attack."""

    kind: str
    people: Samples
    attacks: list[float] = field(default_factory=list)

    @property
    def equal_error(self) -> tuple[float, float]:
        """The equal error rate of people and attacks, and its live share."""
        return equal_error(self.people, np.array(self.attacks, np.float32))

    @property
    def accepted(self) -> int:
        """Attacks that the detector alone accepts."""
        return sum(share >= LIVE_ACCEPTED for share in self.attacks)

    @property
    def to_a_moderator(self) -> int:
        """Attacks that it leaves to a moderator."""
        return sum(LIVE_DOUBTED <= share < LIVE_ACCEPTED for share in self.attacks)


def _shares(clips: Sequence[Samples], path: Way | None, random: np.random.Generator) -> list[float]:
    """Live share of each clip at 16 kHz, over `PATHS` random simulations if `path` is given."""
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
    """Compare every kind of attack with the same people's clips, plain and through a browser."""
    random = np.random.default_rng(seed)
    shares: dict[str, list[float]] = {}
    people: list[float] = []

    def add(kind: str, clips: Sequence[Samples], path: Way | None) -> None:
        shares.setdefault(kind, []).extend(_shares(clips, path, random))

    for name, files in speakers.items():
        recordings = [decode_own(path.read_bytes()) for path in files]
        own = _clips(recordings)
        people += _shares(own, None, random) + _shares(own, through_microphone, random)
        add("replay by a loudspeaker", own, through_loudspeaker)
        for label, template in (
            ("clone", enrol_speaker(engine, recordings[:-LEFT_OUT])),
            ("instant voice", instant_voice(engine, recordings[:-LEFT_OUT])),
        ):
            spoken = [
                resample(speak(engine, template, number), engine.sample_rate, RATE)
                for number in range(len(STATEMENTS))
            ]
            add(f"{label}, fed in", spoken, None)
            add(f"{label}, through a browser's path", spoken, through_microphone)
            add(f"{label}, by a loudspeaker", spoken, through_loudspeaker)
        say(f"{name}: heard, cloned and played back")
    live_shares = np.array(people, np.float32)
    rows = [Row(kind, live_shares, attacks) for kind, attacks in shares.items()]
    return [
        *rows,
        Row("all", live_shares, [share for attacks in shares.values() for share in attacks]),
    ]
