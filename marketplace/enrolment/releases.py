"""Operations on engine releases: offered by an operator, adopted or refused by the workers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from marketplace.compliance import audit
from marketplace.enrolment import enrolments
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from marketplace.voices.models import EngineRelease, Voice, VoiceVersion
from synthesis.engines.release import Release
from synthesis.refusals import ReleaseInvalid

_NEWEST = "engine-release:newest"
_ASKED_EVERY = 5  # seconds between a process's queries


def offer(*, folder: Path) -> EngineRelease:
    """Have every worker try the release in a folder.

    Raises:
        Refused: release_invalid.
    """
    try:
        manifest = Release.read(folder.resolve())
    except ReleaseInvalid as invalid:
        raise Refused("release_invalid", str(invalid)) from invalid
    with transaction.atomic():
        release = EngineRelease.objects.create(
            version=manifest.version, folder=str(folder.resolve())
        )
        audit.record(
            actor=None, action="release.offered", subject=release, version=manifest.version
        )
        transaction.on_commit(partial(cache.delete, _NEWEST))
        at_commit(Work.NOTICE_RELEASE)
    return release


def newest() -> int | None:
    """Primary key of the newest release that no canary has refused; cached for a few seconds."""
    newest_key = cache.get(_NEWEST)
    if newest_key is None:
        release = EngineRelease.objects.exclude(state=EngineRelease.State.REFUSED).last()
        newest_key = release.pk if release else 0
        cache.set(_NEWEST, newest_key, _ASKED_EVERY)
    return newest_key or None


def take_up(*, release_id: int, comparison: dict[str, Any]) -> None:
    """Record that a worker adopted it; the first worker makes it live and queues older voices."""
    with transaction.atomic():
        release = EngineRelease.objects.select_for_update(no_key=True).get(pk=release_id)
        if release.state != EngineRelease.State.OFFERED:
            return
        _decide(release, EngineRelease.State.LIVE, comparison, "")
        at_commit(Work.LEARN_ANEW, release.pk)


def learn_older_voices_anew(*, release_id: int) -> None:
    """Queue every voice whose newest template came from another release, if consent is in force."""
    release = EngineRelease.objects.get(pk=release_id)
    made_by = VoiceVersion.objects.filter(voice=OuterRef("pk")).values("engine_version")[:1]
    voices = Voice.objects.annotate(made_by=Subquery(made_by)).exclude(made_by=None)
    for voice in voices.exclude(made_by=release.version).iterator():
        enrolments.start_reenrolment(voice=voice, reason=f"engine {release.version}")


def refuse(*, release_id: int, problem: str, comparison: dict[str, Any] | None = None) -> None:
    """Record that a worker found it faulty and keeps its present release."""
    with transaction.atomic():
        release = EngineRelease.objects.select_for_update(no_key=True).get(pk=release_id)
        if release.state == EngineRelease.State.OFFERED:
            _decide(release, EngineRelease.State.REFUSED, comparison or {}, problem)


def _decide(release: EngineRelease, state: str, comparison: dict[str, Any], problem: str) -> None:
    release.comparison, release.problem = comparison, problem
    release.decided_at = timezone.now()
    release.save(update_fields=["comparison", "problem", "decided_at"])
    release.transition(state)
    audit.record(
        actor=None, action=f"release.{state}", subject=release, version=release.version, why=problem
    )
    transaction.on_commit(partial(cache.delete, _NEWEST))
