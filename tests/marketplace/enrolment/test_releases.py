"""A release of the engine is offered and judged by a worker, and older voices are learned again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from marketplace.enrolment import enrolments, releases
from marketplace.queue import Work
from marketplace.refusals import Refused
from marketplace.voices.models import EngineRelease, Enrolment
from synthesis.tasks import engines
from tests import factories
from tests.releases import write_release
from tests.work import do

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    def forget() -> None:
        engines.live_engines.cache_clear()
        engines._taken_up.clear()
        releases.cache.clear()

    forget()
    yield
    forget()


@pytest.mark.slow
def test_a_good_release_goes_live_and_older_voices_are_learned_anew(tmp_path: Path) -> None:
    voice = factories.make_voice(synthetic=True)
    first = enrolments.start_style_enrolment(
        voice=voice, style_mix={"shares": {"jf_alpha": 1.0}}, by=voice.creator.user
    )
    do(Work.ENROL_VOICE, first.pk)
    release = releases.offer(folder=write_release(tmp_path))
    releases.cache.clear()  # which happens at commit
    engines.catch_up()
    release.refresh_from_db()
    assert release.state == EngineRelease.State.LIVE
    assert release.comparison["likeness"] > 0.95
    do(Work.LEARN_ANEW, release.pk)  # queued at commit
    anew = voice.enrolments.get(state=Enrolment.State.QUEUED)
    do(Work.ENROL_VOICE, anew.pk)
    assert [v.engine_version for v in voice.versions.all()] == ["3", "2"]


def test_a_voice_without_consent_is_not_learned_anew(tmp_path: Path) -> None:
    voice = factories.make_voice()
    consent = factories.make_consent(voice)
    factories.make_version(voice, consent)
    type(consent).objects.update(state=consent.State.REVOKED)
    Enrolment.objects.update(state=Enrolment.State.DONE)
    assert enrolments.start_reenrolment(voice=voice, reason="engine 3") is None


@pytest.mark.slow
def test_a_bad_release_is_refused_and_the_old_engine_speaks_on(tmp_path: Path) -> None:
    release = releases.offer(folder=write_release(tmp_path, noise=0.3))
    engines.catch_up()
    release.refresh_from_db()
    assert release.state == EngineRelease.State.REFUSED
    assert "likeness" in release.problem
    assert engines.current_engine().version == "2"
    assert releases.newest() is None


def test_a_folder_without_a_release_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="can't be read"):
        releases.offer(folder=tmp_path)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("update_engine", str(tmp_path))
    assert not EngineRelease.objects.exists()


def test_without_a_worker_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No worker has decided yet"):
        call_command("update_engine", str(write_release(tmp_path)), "--wait", "0")
