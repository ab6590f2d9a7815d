"""Calibrates the verifiers' thresholds on people against themselves and against strangers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording, decode_own
from synthesis.verification import encoders, thresholds
from synthesis.verification import reading_check as checks
from synthesis.verification.cohort import SAME_SPEAKER, Cohort, unit
from synthesis.verification.identity import Verifier
from synthesis.verification.reading_check import Speaker

Scores = NDArray[np.float32]
FOLDS = 5  # each fifth is judged against a cohort of the other four


@dataclass(frozen=True)
class Calibration:
    """Error shares at equal error and at the threshold in use."""

    verifier: str
    selves: int
    strangers: int
    equal_error: float
    equal_error_threshold: float
    threshold: float
    false_reject: float
    false_accept: float


def _halves(recording: Recording) -> tuple[Recording, Recording]:
    middle = len(recording.samples) // 2
    first, second = recording.samples[:middle], recording.samples[middle:]
    return (
        Recording(first, recording.rate, recording.container),
        Recording(second, recording.rate, recording.container),
    )


def people_in(
    speakers: dict[str, list[Path]], singles: Sequence[Path], say: Callable[[str], None]
) -> list[tuple[Speaker, Speaker]]:
    """Each person twice, from either half of their speech.

    speakers: several recordings of each; singles: one recording per person, cut in the middle, which
    gives optimistic scores because it is one session.
    """
    pairs = []
    for files in speakers.values():
        recordings = [decode_own(path.read_bytes()) for path in files]
        pairs.append((checks.speaker_of(recordings[::2]), checks.speaker_of(recordings[1::2])))
    for number, path in enumerate(singles):
        first, second = _halves(decode_own(path.read_bytes()))
        pairs.append((checks.speaker_of([first]), checks.speaker_of([second])))
        if number % 50 == 49:
            say(f"{number + 1} of {len(singles)} people processed")
    return pairs


def _scores(
    pairs: list[tuple[Speaker, Speaker]], name: str, random: np.random.Generator
) -> tuple[Scores, Scores]:
    """Scores of selves and of strangers, each fold of people against a cohort of the others."""
    embeddings = np.stack([[getattr(person, name) for person in pair] for pair in pairs])
    folds = random.permutation(len(pairs)) % FOLDS
    selves, strangers = [], []
    for fold in range(FOLDS):
        judged, others = embeddings[folds == fold], embeddings[folds != fold]
        cohort = Cohort.of(unit(others.sum(1)))
        scores = cohort.scores(judged[:, 0], judged[:, 1])
        own = np.eye(len(scores), dtype=bool)
        selves.append(scores[own])
        strangers.append(scores[~own])
    return np.concatenate(selves), np.concatenate(strangers)


def equal_error(selves: Scores, strangers: Scores) -> tuple[float, float]:
    """(error, threshold) where selves below the threshold are as frequent as strangers above it."""
    limits = np.linspace(min(strangers.min(), selves.min()), selves.max(), 4001)
    rejects = np.array([(selves < limit).mean() for limit in limits])
    accepts = np.array([(strangers >= limit).mean() for limit in limits])
    at = int(np.argmin(np.abs(rejects - accepts)))
    return float((rejects[at] + accepts[at]) / 2), float(limits[at])


def calibrate(pairs: list[tuple[Speaker, Speaker]]) -> list[Calibration]:
    """Calibrate both verifiers alone and together, and GE2E as used in screening enrolments."""
    first = _scores(pairs, "ge2e", np.random.default_rng(0))
    second = _scores(pairs, "dvector", np.random.default_rng(0))
    both = (first[0] + second[0], first[1] + second[1])
    return [
        _row(name, scores, threshold)
        for name, scores, threshold in (
            (encoders.GE2E, first, thresholds.EACH_ACCEPTED),
            (encoders.D_VECTOR, second, thresholds.EACH_ACCEPTED),
            ("sum of both, in a statement", both, thresholds.SPEAKER_ACCEPTED),
            ("GE2E, in screening enrolments", first, SAME_SPEAKER),
        )
    ]


def _row(name: str, scores: tuple[Scores, Scores], threshold: float) -> Calibration:
    selves, strangers = scores
    error, at = equal_error(selves, strangers)
    return Calibration(
        name,
        len(selves),
        len(strangers),
        error,
        at,
        threshold,
        float((selves < threshold).mean()),
        float((strangers >= threshold).mean()),
    )


@dataclass(frozen=True)
class Halves:
    """One verifier's plain cosines on people against themselves and against strangers."""

    people: int
    equal_error: float
    equal_error_threshold: float
    same: float
    different: float

    def __str__(self) -> str:
        return (
            f"equal error {self.equal_error:.2%} at {self.equal_error_threshold:.3f} on {self.people} "
            f"people by halves; the same person {self.same:.3f}, different people {self.different:.3f}"
        )


def by_halves(
    verifier: Verifier, speakers: dict[str, list[Path]], singles: Sequence[Path]
) -> Halves:
    """Each person's one half against everybody's other: alternate recordings, or halves of one."""
    first, second = [], []
    for files in speakers.values():
        recordings = [decode_own(path.read_bytes()) for path in files]
        embedded = [verifier.embed(each.samples, each.rate) for each in recordings]
        first.append(np.mean(embedded[::2], axis=0))
        second.append(np.mean(embedded[1::2], axis=0))
    for path in singles:
        for half, side in zip(_halves(decode_own(path.read_bytes())), (first, second), strict=True):
            side.append(verifier.embed(half.samples, half.rate))
    cosines = unit(np.stack(first)) @ unit(np.stack(second)).T
    own = np.eye(len(cosines), dtype=bool)
    error, at = equal_error(cosines[own], cosines[~own])
    same, different = float(cosines[own].mean()), float(cosines[~own].mean())
    return Halves(len(cosines), error, at, same, different)
