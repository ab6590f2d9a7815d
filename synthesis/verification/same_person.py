"""Whether every recording is of the person who read the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording
from synthesis.verification import dvector, ge2e
from synthesis.verification.cohort import dvector_cohort, ge2e_cohort
from synthesis.verification.thresholds import EACH_ACCEPTED, SPEAKER_DOUBTED

HEARD = 30.0  # seconds of a recording, from its middle: uploads of two people are refused already


@dataclass(frozen=True)
class Print:
    """Unit embeddings of one recording by both verifiers."""

    ge2e: NDArray[np.float32]
    dvector: NDArray[np.float32]


def print_of(recording: Recording) -> Print:
    """The embeddings of a recording."""
    spare = max(0, len(recording.samples) - int(HEARD * recording.rate)) // 2
    samples = recording.samples[spare : len(recording.samples) - spare]
    return Print(ge2e.embed(samples, recording.rate), dvector.embed(samples, recording.rate))


def mean_of(prints: Sequence[Print]) -> Print:
    """What several recordings of one person have in common."""
    return Print(
        _unit(np.mean([each.ge2e for each in prints], axis=0)),
        _unit(np.mean([each.dvector for each in prints], axis=0)),
    )


def others_than(reader: Print, prints: Sequence[Print]) -> list[int]:
    """Places of the recordings that are like neither the reader nor the recordings that are.

    A reading is often made with another microphone, so a recording may also resemble those that
    resemble the reading. One recording says less than many: it need not be beyond doubt.
    """
    own = [each for each in prints if _same(each, reader)]
    if not own:
        return list(range(len(prints)))
    known = mean_of(own)
    return [
        place
        for place, each in enumerate(prints)
        if not (_same(each, reader) or _same(each, known))
    ]


def others_among(prints: Sequence[Print]) -> list[int]:
    """Places of the recordings that are not of the person of whom most are."""
    alike = [sum(_same(each, other) for other in prints) for each in prints]
    return others_than(prints[int(np.argmax(alike))], prints)


def _same(one: Print, other: Print) -> bool:
    scores = (
        ge2e_cohort().score(one.ge2e, other.ge2e),
        dvector_cohort().score(one.dvector, other.dvector),
    )
    return min(scores) >= EACH_ACCEPTED and sum(scores) >= SPEAKER_DOUBTED


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
