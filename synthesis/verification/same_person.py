"""Whether every stretch of every recording is of the person who read the statement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.verification.cohort import dvector_cohort, ge2e_cohort
from synthesis.verification.stretches import Heard, Print, mean_of, runs_of, scores_of
from synthesis.verification.thresholds import EACH_ACCEPTED, RUN_ACCEPTED, SPEAKER_DOUBTED

USUAL = 0.75  # of a recording's runs, those most like the whole: these are of its speaker


@dataclass(frozen=True)
class Other:
    """A recording that is somebody else's; begins: where (s) in it, None if it is as a whole."""

    place: int
    begins: float | None = None


def others_than(reader: Heard, recordings: Sequence[Heard]) -> list[Other]:
    """The recordings in which somebody else speaks than the reader, throughout or in a stretch.

    A reading is often made with another microphone, so a recording may also resemble those that
    resemble the reading. One recording says less than many: it need not be beyond doubt, and a
    stretch of it even less.
    """
    own = [each for each in recordings if _same(each.whole, reader.whole)]
    if not own:
        return [Other(place) for place in range(len(recordings))]
    known = [reader.whole, _known(reader.whole, own)]
    found = []
    for place, each in enumerate(recordings):
        if not any(_same(each.whole, one) for one in known):
            found.append(Other(place))
        elif (begins := _foreign(each, known)) is not None:
            found.append(Other(place, begins))
    return found


def others_among(recordings: Sequence[Heard]) -> list[Other]:
    """The recordings in which somebody else speaks than the person of whom most are."""
    wholes = [each.whole for each in recordings]
    alike = [sum(_same(one, other) for other in wholes) for one in wholes]
    return others_than(recordings[int(np.argmax(alike))], recordings)


def has_another(blocks: Sequence[Print]) -> bool:
    """Whether a run of one recording's blocks is of somebody else than most of it.

    Whoever speaks in a quarter or more of it is not found: `quality.speaker_halves` finds them.
    """
    runs = runs_of(blocks)
    alike = _likeness(runs, [mean_of(blocks)])[:, 0]
    usual = np.argsort(-alike)[: math.ceil(USUAL * len(runs))]
    speaker = mean_of([runs[place] for place in usual])
    return bool(_likeness(runs, [speaker]).min() < RUN_ACCEPTED)


def _known(reader: Print, own: Sequence[Heard]) -> Print:
    """What the stretches that are like the reader have in common; no other counts."""
    runs = [run for each in own for run in each.runs]
    like = _likeness(runs, [reader])[:, 0] >= SPEAKER_DOUBTED
    chosen = [run for run, is_like in zip(runs, like, strict=True) if is_like]
    return mean_of(chosen or [each.whole for each in own])


def _foreign(recording: Heard, known: Sequence[Print]) -> float | None:
    """Where the run begins that is least like any of the known; None if each is like one enough."""
    alike = _likeness(recording.runs, known).max(axis=1)
    least = int(np.argmin(alike))
    return None if alike[least] >= RUN_ACCEPTED else recording.begins[least]


def _likeness(ones: Sequence[Print], others: Sequence[Print]) -> NDArray[np.float32]:
    """Sums of both verifiers' scores, [ones, others]."""
    return ge2e_cohort().scores(
        np.stack([each.ge2e for each in ones]), np.stack([each.ge2e for each in others])
    ) + dvector_cohort().scores(
        np.stack([each.dvector for each in ones]), np.stack([each.dvector for each in others])
    )


def _same(one: Print, other: Print) -> bool:
    scores = scores_of(one, other)
    return min(scores) >= EACH_ACCEPTED and sum(scores) >= SPEAKER_DOUBTED
