"""Equal error rates: where false rejects are as frequent as false accepts."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.benchmarks.calibration import equal_error
from synthesis.benchmarks.liveness import Row


def test_scores_that_lie_apart_have_no_error() -> None:
    error, limit = equal_error(np.float32([0.8, 0.9]), np.float32([0.1, 0.2]))
    assert error == 0.0
    assert 0.2 < limit <= 0.8


def test_one_of_four_on_each_wrong_side_is_a_quarter() -> None:
    selves = np.float32([0.3, 0.7, 0.8, 0.9])
    strangers = np.float32([0.1, 0.2, 0.25, 0.6])
    error, limit = equal_error(selves, strangers)
    assert error == pytest.approx(0.25)
    assert 0.3 < limit <= 0.6


def test_attacks_are_counted_by_what_the_detector_lets_through() -> None:
    row = Row("replay", np.float32([0.99]), [0.01, 0.2, 0.4, 0.5, 0.9])
    assert (row.accepted, row.to_a_moderator) == (2, 2)
