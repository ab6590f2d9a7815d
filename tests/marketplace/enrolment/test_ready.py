"""A creator is told when a voice is ready, how like them it is, and how long it takes."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from marketplace.enrolment import enrolments, likeness, progress
from marketplace.enrolment.enrolments import STAGES
from marketplace.letters.models import Letter
from marketplace.voices.models import Enrolment, Voice, VoiceVersion
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db


def _running(voice: Voice) -> Enrolment:
    consent = voice.consents.filter(state="verified").first() or factories.make_consent(voice)
    return Enrolment.objects.create(voice=voice, consent=consent, state=Enrolment.State.RUNNING)


def _finish(enrolment: Enrolment, engine_version: str = "1") -> VoiceVersion | None:
    return enrolments.finish_enrolment(
        enrolment_id=enrolment.pk, engine="kokoro", engine_version=engine_version,
        template=b"template", embedding=factories.make_embedding(1),
        report={"enrol_seconds": 180.0},
    )  # fmt: skip


def test_a_letter_says_that_a_voice_is_ready() -> None:
    voice = factories.make_voice()
    _finish(_running(voice))
    assert [letter.email for letter in Letter.objects.all()] == [voice.creator.user.email]
    assert [letter.subject for letter in delivered()] == [f"{voice.name} is ready to be heard"]


def test_a_voice_that_is_learned_anew_for_another_engine_is_no_news() -> None:
    voice = factories.make_voice()
    _finish(_running(voice))
    Letter.objects.all().delete()
    _finish(_running(voice), engine_version="2")
    assert voice.versions.count() == 2
    assert not Letter.objects.exists()
    _finish(_running(voice), engine_version="2")  # asked for by its creator
    assert Letter.objects.count() == 1


def test_a_letter_says_why_a_voice_could_not_be_made() -> None:
    voice = factories.make_voice()
    enrolment = _running(voice)
    enrolments.fail_enrolment(enrolment_id=enrolment.pk, code="too_short", message="Too short.")
    assert [letter.subject for letter in delivered()] == [f"{voice.name} could not be made yet"]


def test_likeness_is_told_against_how_like_themselves_a_person_is() -> None:
    assert likeness.in_words({"similarity": 0.9, "self_similarity": 0.91}).startswith("As like")
    assert likeness.in_words({"similarity": 0.85, "self_similarity": 0.91}).startswith("Very like")
    assert likeness.in_words({"similarity": 0.78, "self_similarity": 0.91}).startswith("Like you")
    assert likeness.in_words({"similarity": 0.5, "self_similarity": 0.91}).startswith("Not very")
    assert likeness.in_words({"similarity": 0.9}) == ""


def test_how_long_it_takes_is_what_it_took_the_last_voices() -> None:
    cache.clear()
    assert progress.usual_seconds() is None
    for _ in range(progress.LEAST):
        _finish(_running(factories.make_voice()))
    cache.clear()
    assert progress.usual_seconds() == 180.0
    told = progress.progress_of(_running(factories.make_voice()))
    assert "took 3 min here lately" in told["time"]


def test_whoever_waits_is_told_how_many_are_before_them() -> None:
    _running(factories.make_voice())
    waiting = _running(factories.make_voice())
    waiting.stage = STAGES[0]
    assert progress.progress_of(waiting)["time"] == "1 voice is before yours."
    Enrolment.objects.exclude(pk=waiting.pk).delete()
    assert "before yours" not in progress.progress_of(waiting)["time"]
