"""Scores that mean the same for every speaker: similarity normalized by a cohort of other people.

Adaptive symmetric score normalization (Matějka et al. 2017, "Analysis of score normalization in
multilingual speaker recognition"): a cosine is scored by how far it stands out from those that both
sides have with the nearest members of the cohort. Some people resemble everybody, and raw cosines
ignore that. The cohort is built by `manage.py build_cohort`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

NEAREST = 150  # members against which each side is measured
SAME_SPEAKER = 4.0  # GE2E score from which two enrolments count as one person's
WEIGHTS = Path(__file__).parent / "cohort.safetensors"
Embedding = NDArray[np.float32]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors [..., size] scaled to unit length."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


@dataclass(frozen=True)
class Cohort:
    """mean [size]: of all members' embeddings; members [n, size]: centred, unit length."""

    mean: Embedding
    members: NDArray[np.float32]

    @classmethod
    def of(cls, embeddings: NDArray[np.float32]) -> Cohort:
        """A cohort from people's unit embeddings [n, size]."""
        mean = embeddings.mean(0)
        return cls(mean, unit(embeddings - mean))

    def scores(self, ones: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores [n, m] of unit embeddings [n, size] and [m, size], in standard deviations."""
        a, b = unit(ones - self.mean), unit(others - self.mean)
        similar = a @ b.T
        (a_mean, a_spread), (b_mean, b_spread) = self._background(a), self._background(b)
        by_one = (similar - a_mean[:, None]) / a_spread[:, None]
        by_other = (similar - b_mean[None]) / b_spread[None]
        return np.asarray((by_one + by_other) / 2, np.float32)

    def score(self, one: Embedding, other: Embedding) -> float:
        """The score of two unit embeddings."""
        return float(self.scores(one[None], other[None])[0, 0])

    def _background(
        self, centred: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        nearest = np.sort(centred @ self.members.T, axis=1)[:, -NEAREST:]
        return nearest.mean(1), nearest.std(1)


@lru_cache(maxsize=1)
def _cohorts() -> dict[str, Cohort]:
    embeddings = load_file(WEIGHTS)
    return {
        name: Cohort.of(embeddings[name].astype(np.float32) / 1000.0)
        for name in ("ge2e", "dvector")
    }


def ge2e_cohort() -> Cohort:
    """The packaged cohort in GE2E embeddings."""
    return _cohorts()["ge2e"]


def dvector_cohort() -> Cohort:
    """The packaged cohort in embeddings of the second verifier."""
    return _cohorts()["dvector"]


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """The GE2E score of two speakers' embeddings."""
    return ge2e_cohort().score(np.asarray(one, np.float32), np.asarray(other, np.float32))


def write(
    ge2e: NDArray[np.float32], dvector: NDArray[np.float32], path: Path, about: dict[str, str]
) -> None:
    """Save unit embeddings [n, 256] of a cohort, rounded to thousandths."""
    rounded = {
        name: np.round(embeddings * 1000).astype(np.int16)
        for name, embeddings in (("ge2e", ge2e), ("dvector", dvector))
    }
    save_file(rounded, path, metadata=about)
