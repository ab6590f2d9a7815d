"""The engines of a process: loaded once, and replaced by a new release without a pause."""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from celery import shared_task
from celery.signals import task_prerun, worker_init, worker_process_init
from django.conf import settings
from django.db import connections

from marketplace.api.loading import loading
from marketplace.creators import vault
from marketplace.enrolment import releases
from marketplace.policy import respelling
from marketplace.queue import Work
from marketplace.voices.models import EngineRelease, VoiceVersion
from synthesis.engines.kokoro import KokoroEngine, engine
from synthesis.engines.live import LiveEngines
from synthesis.engines.release import Release
from synthesis.refusals import CanaryFailed, ReleaseInvalid
from synthesis.tasks.marks import warm_marks
from synthesis.template import VoiceTemplate

_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def live_engines() -> LiveEngines:
    """The engines of this process, loaded on first use."""
    return LiveEngines(engine())


def current_engine() -> KokoroEngine:
    """The engine for new work."""
    return live_engines().current


def engine_for(version: VoiceVersion) -> KokoroEngine:
    """An engine that can speak a voice version's template.

    Raises:
        VoiceMismatch: none of this process can.
    """
    return live_engines().speaking(version.engine, version.engine_version)


_taken_up: set[int] = set()  # releases that this process has adopted or refused
_taking_up = threading.Lock()


@task_prerun.connect
def follow_release(**_: object) -> None:
    """Adopt a new release in the background, in a process whose engine is loaded."""
    if not live_engines.cache_info().currsize or _taking_up.locked():
        return
    release_id = releases.newest()
    if release_id is not None and release_id not in _taken_up:
        threading.Thread(target=catch_up, name="release", daemon=True).start()


def catch_up() -> None:
    """Adopt or refuse the newest release before returning."""
    with _taking_up:
        release_id = releases.newest()
        if release_id is not None and release_id not in _taken_up:
            _take_up(release_id)
            _taken_up.add(release_id)


def _take_up(release_id: int) -> None:
    """Load, warm up, compare and switch; the outcome goes into the release's record."""
    try:
        offered = EngineRelease.objects.get(pk=release_id)
        beside = KokoroEngine(
            rendering=current_engine().rendering,
            release=Release.read(Path(offered.folder)),
            edges=current_engine().edges,
        )
        comparison = live_engines().replace(beside)
    except CanaryFailed as failure:
        _log.warning("release refused", extra={"fields": failure.comparison})
        releases.refuse(release_id=release_id, problem=str(failure), comparison=failure.comparison)
    except ReleaseInvalid as invalid:
        releases.refuse(release_id=release_id, problem=str(invalid))
    except Exception:
        _log.exception("release failed", extra={"fields": {"release": release_id}})
        releases.refuse(release_id=release_id, problem="It could not be loaded; see the log.")
    else:
        releases.take_up(release_id=release_id, comparison=comparison.as_dict())
    finally:
        if threading.current_thread().name == "release":
            connections.close_all()


@worker_process_init.connect
def warm_up(**_: object) -> None:
    """Load the weights before the first request if the operator asks for it (`TIMBRE_WARM`)."""
    if settings.WARM_ENGINE:
        with loading():
            current_engine().warm()
            warm_marks()
            respelling.warm()
        catch_up()


@worker_init.connect
def warm_up_threads(sender: Any, **_: object) -> None:
    """The same for a worker that uses threads instead of child processes."""
    if "thread" in str(sender.pool_cls):
        warm_up()


@shared_task(name=Work.NOTICE_RELEASE)
def notice_release() -> None:
    """Do nothing: `follow_release` runs before every task, and so before this one."""


@shared_task(name=Work.LEARN_ANEW)
def learn_anew(release_id: int) -> None:
    """Queue older voices for the newer engine. Safe to repeat: a voice is never queued twice at a time."""
    releases.learn_older_voices_anew(release_id=release_id)


@lru_cache(maxsize=64)
def template_of(creator_id: int, storage_key: str, sha256: str) -> VoiceTemplate:
    """A decrypted template; the most recent ones stay in memory."""
    return VoiceTemplate.from_bytes(vault.get(creator_id, storage_key, sha256))
