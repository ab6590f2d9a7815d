"""How close a clone is to a person, according to one verifier."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Verifier(Protocol):
    """A module that embeds speakers; STRANGER_SIMILARITY: mean cosine of different people."""

    STRANGER_SIMILARITY: float

    def embed(self, samples: NDArray[np.float32], rate: int, /) -> NDArray[np.float32]:
        """Unit speaker embedding of mono samples [n] at `rate` Hz."""
        ...


def mean_similarity(one: list[NDArray[np.float32]], other: list[NDArray[np.float32]]) -> float:
    """Mean cosine over all pairs of unit embeddings of two sets."""
    return float(np.mean(np.stack(one) @ np.stack(other).T))


def normalized_identity(verifier: Verifier, clone: float, person: float) -> float:
    """A clone's similarity on a scale from 0 (a stranger) to 1 (the person)."""
    stranger = verifier.STRANGER_SIMILARITY
    return (clone - stranger) / (person - stranger)
