"""How a recording sounds stretch by stretch, so that nobody hides in a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording
from synthesis.audio.voice_activity import speech_spans
from synthesis.verification import dvector, ge2e
from synthesis.verification.cohort import dvector_cohort, ge2e_cohort, unit

BLOCK = 3.0  # seconds of speech that are embedded at a time
RUN = 2  # neighbouring blocks that are compared: whoever speaks for 6 s fills one of them
SCREENED = 10  # blocks that are screened together: a shorter stretch is like too many people


@dataclass(frozen=True)
class Print:
    """Unit embeddings of some speech by both verifiers."""

    ge2e: NDArray[np.float32]
    dvector: NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """All speech of a recording; blocks: of each `BLOCK` seconds; begins: where in the recording (s)."""

    blocks: list[Print]
    begins: list[float]

    @property
    def whole(self) -> Print:
        """What all of it has in common."""
        return mean_of(self.blocks)

    @property
    def runs(self) -> list[Print]:
        """Each `RUN` neighbouring blocks together; all of a shorter recording."""
        return runs_of(self.blocks)

    @property
    def parts(self) -> list[Print]:
        """Each `SCREENED` neighbouring blocks together, half overlapping; all of a shorter recording."""
        return _neighbours(self.blocks, SCREENED, SCREENED // 2)


def print_of(samples: NDArray[np.float32], rate: int) -> Print:
    """The print of one piece of speech [n]."""
    return Print(ge2e.embed(samples, rate), dvector.embed(samples, rate))


def scores_of(one: Print, other: Print) -> tuple[float, float]:
    """How alike two pieces of speech are to each verifier, as `Cohort.score` says."""
    return (
        ge2e_cohort().score(one.ge2e, other.ge2e),
        dvector_cohort().score(one.dvector, other.dvector),
    )


def mean_of(prints: Sequence[Print]) -> Print:
    """What several pieces of speech of one person have in common."""
    return Print(
        unit(np.mean([each.ge2e for each in prints], axis=0)),
        unit(np.mean([each.dvector for each in prints], axis=0)),
    )


def runs_of(blocks: Sequence[Print]) -> list[Print]:
    """Each `RUN` neighbouring blocks together; all if there are fewer."""
    return _neighbours(blocks, RUN, 1)


def hear(recording: Recording) -> Heard:
    """The stretches of all speech in a recording; of all sound if there is none."""
    rate = recording.rate
    spans = [
        (int(start * rate), int(end * rate)) for start, end in speech_spans(recording.samples, rate)
    ] or [(0, len(recording.samples))]
    speech = np.concatenate([recording.samples[start:end] for start, end in spans])
    firsts = _firsts(len(speech), rate)
    before = np.cumsum([0] + [end - start for start, end in spans])  # samples of speech by then
    places = np.searchsorted(before, firsts, side="right") - 1
    begins = [
        (spans[place][0] + first - int(before[place])) / rate
        for place, first in zip(np.minimum(places, len(spans) - 1), firsts, strict=True)
    ]
    return Heard(blocks_of(speech, rate), begins)


def blocks_of(speech: NDArray[np.float32], rate: int) -> list[Print]:
    """Prints of each `BLOCK` seconds of speech [n]; the last one ends where the speech does."""
    size = int(BLOCK * rate)
    blocks = [speech[first : first + size] for first in _firsts(len(speech), rate)]
    firsts = ge2e.embed_each(blocks, rate)
    return [
        Print(first, dvector.embed(block, rate))
        for first, block in zip(firsts, blocks, strict=True)
    ]


def _firsts(length: int, rate: int) -> list[int]:
    """Where blocks begin, in samples of speech."""
    size = int(BLOCK * rate)
    firsts = list(range(0, max(1, length - size + 1), size))
    if firsts[-1] + size < length:
        firsts.append(length - size)
    return firsts


def _neighbours(blocks: Sequence[Print], count: int, step: int) -> list[Print]:
    firsts = list(range(0, max(1, len(blocks) - count + 1), step))
    if firsts[-1] + count < len(blocks):
        firsts.append(len(blocks) - count)
    return [mean_of(blocks[first : first + count]) for first in firsts]
