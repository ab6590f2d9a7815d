"""Sentences that are stored while something is worked on are known to translators."""

from __future__ import annotations

from marketplace.enrolment import enrolments
from marketplace.enrolment.scripts import SCRIPTS
from synthesis.enrolment.speaker import STAGES


def test_pages_can_tell_every_stage_of_learning_a_voice() -> None:
    assert set(STAGES) <= set(enrolments.STAGES)


def test_pages_have_a_name_for_every_script_of_a_clip() -> None:
    assert len({script.label for script in SCRIPTS}) == len(SCRIPTS)
