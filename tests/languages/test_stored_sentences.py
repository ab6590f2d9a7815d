"""Sentences that are stored while something is worked on are known to translators."""

from __future__ import annotations

from marketplace.enrolment import enrolments
from synthesis.enrolment.speaker import STAGES


def test_pages_can_tell_every_stage_of_learning_a_voice() -> None:
    assert set(STAGES) <= set(enrolments.STAGES)
