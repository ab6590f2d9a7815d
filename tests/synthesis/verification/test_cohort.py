"""Cohort scores are symmetric, and high only for the same speaker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthesis.verification import cohort, reading_check
from synthesis.verification.cohort import Cohort, unit


def _people(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Unit embeddings without negative values, like those of a network ending in a ReLU."""
    random = np.random.default_rng(seed)
    return unit(np.abs(random.standard_normal((count, 256))).astype(np.float32))


def test_a_score_is_the_same_from_both_sides() -> None:
    members, (one, other) = Cohort.of(_people(200)), _people(2, seed=1)
    assert np.isclose(members.score(one, other), members.score(other, one))


def test_strangers_score_around_nothing_although_their_cosine_is_high() -> None:
    members, strangers = Cohort.of(_people(200)), _people(40, seed=1)
    assert (strangers[:20] @ strangers[20:].T).mean() > 0.6
    assert abs(float(members.scores(strangers[:20], strangers[20:]).mean())) < 1


def test_a_person_with_a_little_noise_stands_out_from_every_stranger() -> None:
    members, people = Cohort.of(_people(200)), _people(20, seed=1)
    again = unit(people + 0.02 * np.random.default_rng(2).standard_normal((20, 256)))
    scores = members.scores(people, again.astype(np.float32))
    assert scores.diagonal().min() > scores[~np.eye(20, dtype=bool)].max() + 2


def test_the_packaged_cohort_has_a_few_hundred_people_by_both_verifiers() -> None:
    for members in (cohort.ge2e_cohort(), cohort.dvector_cohort()):
        assert len(members.members) > cohort.NEAREST
        assert np.allclose(np.linalg.norm(members.members, axis=1), 1, atol=1e-4)


def test_one_verifier_that_hears_a_stranger_is_enough_to_refuse() -> None:
    scores = {
        "score": 9.0,
        "second_score": reading_check.EACH_ACCEPTED - 0.1,
        "least_alike_part": 6.0,
    }
    assert reading_check.alike(scores) < reading_check.SPEAKER_DOUBTED


def test_a_part_by_somebody_else_is_enough_to_refuse() -> None:
    scores = {
        "score": 9.0,
        "second_score": 5.0,
        "least_alike_part": reading_check.PART_ACCEPTED - 0.1,
    }
    assert reading_check.alike(scores) < reading_check.SPEAKER_DOUBTED
