"""The engines of a process, and how a new one takes over without dropping a request."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace

import numpy as np

from synthesis.audio.loudness import integrated_loudness
from synthesis.engines.kokoro import KokoroEngine
from synthesis.refusals import CanaryFailed
from synthesis.template import VoiceTemplate, mismatch
from synthesis.verification import ge2e

CANARY = "The canary sang in the mine all morning, and nobody noticed when it stopped."
LIKENESS = 0.8  # GE2E between old and new reading the canary sentence in the same voice
PACE = (0.8, 1.25)  # length of the new reading relative to the old
LOUDNESS = 1.5  # LU between them


@dataclass(frozen=True)
class Comparison:
    """A new engine's canary sentence compared with the old one's."""

    likeness: float
    pace: float
    loudness: float

    @property
    def problems(self) -> list[str]:
        faults = []
        if not self.likeness >= LIKENESS:  # NaN is a problem too
            faults.append(f"likeness to the old voice {self.likeness:.2f}, at least {LIKENESS}")
        if not PACE[0] <= self.pace <= PACE[1]:
            faults.append(f"length {self.pace:.2f} of the old, {PACE[0]} to {PACE[1]}")
        if not abs(self.loudness) <= LOUDNESS:
            faults.append(f"loudness off by {self.loudness:.1f} LU, {LOUDNESS} at most")
        return faults

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "problems": self.problems}


def compare(old: KokoroEngine, new: KokoroEngine) -> Comparison:
    """Compare both engines reading the canary sentence in the first stock style they share."""
    style = sorted(set(old.packaged) & set(new.packaged))[0]
    spoken = [
        np.concatenate([chunk.samples for chunk in each.synthesize(CANARY, _plain(each, style))])
        for each in (old, new)
    ]
    if not np.isfinite(spoken[1]).all():
        return Comparison(float("nan"), len(spoken[1]) / len(spoken[0]), float("nan"))
    rate = old.sample_rate
    return Comparison(
        likeness=round(ge2e.similarity(*(ge2e.embed(samples, rate) for samples in spoken)), 4),
        pace=round(len(spoken[1]) / len(spoken[0]), 4),
        loudness=round(
            integrated_loudness(spoken[1], rate) - integrated_loudness(spoken[0], rate), 2
        ),
    )


def _plain(engine: KokoroEngine, style: str) -> VoiceTemplate:
    """A stock style as its one row says, so that engines with other tables can be compared."""
    return engine.settle(replace(engine.mix({style: 1.0}), details={}))


class LiveEngines:
    """Newest first; a request keeps the engine it began with."""

    def __init__(self, first: KokoroEngine) -> None:
        self._engines = [first]
        self._replacing = threading.Lock()

    @property
    def current(self) -> KokoroEngine:
        """The engine that learns new voices."""
        return self._engines[0]

    def speaking(self, engine: str, version: str) -> KokoroEngine:
        """The newest engine that speaks templates of this engine and version.

        Raises:
            VoiceMismatch: none does.
        """
        for each in self._engines:
            if engine == each.name and version in each.speaks:
                return each
        known = frozenset[str]().union(*(each.speaks for each in self._engines))
        raise mismatch(engine, version, self.current.name, known)

    def replace(self, new: KokoroEngine) -> Comparison:
        """Load and warm up `new` beside the others, compare it, and let it take over.

        The old ones stay for the templates that only they speak.

        Raises:
            CanaryFailed: it doesn't sound as it should; the old one stays.
        """
        with self._replacing:
            new.warm()
            comparison = compare(self.current, new)
            if comparison.problems:
                raise CanaryFailed(comparison.problems, comparison.as_dict())
            self._engines = [new, *self._engines]  # one assignment: readers see before or after
            return comparison
