"""Fixtures that many tests share."""

from __future__ import annotations

import gc
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import settings

from synthesis.audio.decoding import Recording, decode_own
from synthesis.engines.kokoro import KokoroEngine
from synthesis.template import VoiceTemplate
from tests import sandbox

TRAIL = ("compliance_auditevent", "compliance_auditlink", "compliance_audithead")
VOICES = Path(
    os.environ.get("TIMBRE_TEST_VOICES", Path(__file__).resolve().parents[2] / "shared" / "voices")
)

# Examples are the same in every run, so a failure comes from a change. The long money machine varies them
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first, journeys last."""
    items.sort(key=lambda item: bool(item.get_closest_marker("journey")))


def pytest_collection_finish() -> None:
    """Leave what stays for the whole run out of the collector's rounds: a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What the payment provider's sandbox tells of from now on belongs to this test."""
    sandbox.began = timezone.now() - timedelta(seconds=1)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database, without the guards against emptying: that is how tests clear it."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in TRAIL:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_not_emptied")


@pytest.fixture(scope="session")
def engine() -> KokoroEngine:
    return KokoroEngine()


@pytest.fixture(scope="session")
def mixed(engine: KokoroEngine) -> VoiceTemplate:
    """A synthetic voice."""
    return engine.mix({"jf_alpha": 0.6, "jm_kumo": 0.4})


@pytest.fixture(scope="session")
def people() -> dict[str, list[Path]]:
    """Recordings of real people by speaker."""
    if not VOICES.is_dir():
        pytest.skip(f"No recordings of real people in {VOICES}; set TIMBRE_TEST_VOICES.")
    found = {d.name: sorted(d.glob("*.flac")) for d in sorted(VOICES.iterdir()) if d.is_dir()}
    return {name: files for name, files in found.items() if files}


@pytest.fixture(scope="session")
def person(people: dict[str, list[Path]]) -> list[Recording]:
    """The first speaker's recordings, decoded."""
    return [decode_own(path.read_bytes()) for path in people[min(people)]]
