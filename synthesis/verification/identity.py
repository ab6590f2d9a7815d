"""How near a clone is to a person, in the eyes of one verifier."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Verifier(Protocol):
    """A module that embeds speakers; STRANGER_SIMILARITY: mean cosine of two different people."""

    STRANGER_SIMILARITY: float

    def embed(self, samples: NDArray[np.float32], rate: int, /) -> NDArray[np.float32]:
        """Unit speaker embedding of mono samples [n] at `rate` Hz."""
        ...


def mean_similarity(one: list[NDArray[np.float32]], other: list[NDArray[np.float32]]) -> float:
    """Mean cosine over all pairs of unit embeddings of two sets."""
    return float(np.mean(np.stack(one) @ np.stack(other).T))


def normalized_identity(verifier: Verifier, clone: float, person: float) -> float:
    """0 is a stranger, 1 the person: where a clone's similarity lies between the two."""
    stranger = verifier.STRANGER_SIMILARITY
    return (clone - stranger) / (person - stranger)
