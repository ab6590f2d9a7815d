"""The status page says what was measured, since when, and that the rest is unknown."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import Error, connection
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as NoConnection

from marketplace import storage
from marketplace.api.loading import loading
from marketplace.payouts.models import ProviderEvent
from marketplace.refusals import StorageUnavailable
from marketplace.status import checks, pulses, services, tasks
from marketplace.status.models import Change, Condition
from tests import factories

pytestmark = pytest.mark.django_db
QUEUES = [queue.name for queue in checks.QUEUES]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues that got a message; nothing is kept from one test to the next, and no clock goes on."""
    cache.clear()
    services._kept.clear()
    _set_clock(monkeypatch, time.time())
    for limit in ("SLOW_ANSWER", "SLOW_STORE"):
        monkeypatch.setattr(checks, limit, 60.0)
    found: list[str] = []

    def note(*_: Any, queue: str) -> None:
        found.append(queue)

    monkeypatch.setattr(pulses, "at_once", note)
    return found


def _conditions() -> dict[str, str]:
    return {part.code: part.found.condition.value for part in services.look().parts}


def _all_alive() -> None:
    tasks.measure()
    for name in QUEUES:
        tasks.note_pulse(name)


def _set_clock(monkeypatch: pytest.MonkeyPatch, now: float) -> None:
    clock = SimpleNamespace(time=lambda: now, monotonic=time.monotonic)
    for module in (pulses, checks):
        monkeypatch.setattr(module, "time", clock)


def _later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time pass, as clocks tell it."""
    moment = timezone.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(checks.timezone, "now", lambda: moment)
    _set_clock(monkeypatch, pulses.time.time() + seconds)


def test_what_was_never_measured_is_unknown() -> None:
    found = _conditions()
    assert found.pop("web") == found.pop("database") == found.pop("queue") == "working"
    assert set(found.values()) == {"unknown"}


def test_workers_that_answer_are_working() -> None:
    _all_alive()
    found = _conditions()
    assert found.pop("payments") == "unknown"
    assert set(found.values()) == {"working"}


def test_a_queue_has_one_message_at_a_time(sent: list[str]) -> None:
    tasks.measure()
    tasks.measure()
    assert sent == QUEUES
    tasks.note_pulse("speech")
    tasks.measure()
    assert sent == [*QUEUES, "speech"]


def test_speech_that_waits_is_slow_and_then_down(monkeypatch: pytest.MonkeyPatch) -> None:
    _all_alive()
    tasks.measure()
    _later(monkeypatch, 10)
    assert _conditions()["speech"] == "slow"
    assert services.look().parts[4].found.seconds == pytest.approx(10, abs=1)
    _later(monkeypatch, 61)
    assert _conditions()["speech"] == "down"
    assert _conditions()["learning"] == "working"  # a voice takes minutes


def test_an_engine_that_loads_is_slow() -> None:
    _all_alive()
    with loading():
        assert _conditions()["speech"] == "slow"


def test_without_the_worker_that_measures_others_are_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _all_alive()
    _later(monkeypatch, 400)
    found = _conditions()
    assert found["background"] == "down"
    assert {found[name] for name in ("speech", "jobs", "learning", "objects")} == {"unknown"}


def test_a_store_that_refuses_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: Any) -> str:
        raise StorageUnavailable("full")

    monkeypatch.setattr(storage, "put", refuses)
    tasks.measure()
    assert _conditions()["objects"] == "down"


def test_the_page_is_there_without_the_database_and_for_people_with_a_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client()
    client.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")

    def fails(*_: Any, **__: Any) -> Any:
        raise Error("no connection")

    with connection.execute_wrapper(fails):
        page, told = client.get("/status"), client.get("/status.json")
    assert page.status_code == 200
    assert "Something is down" in page.text
    parts = {part["code"]: part["status"] for part in told.json()["parts"]}
    assert (parts["database"], parts["payments"]) == ("down", "unknown")
    assert told.status_code == 503


def test_the_page_is_there_without_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise NoConnection("no connection")

    for name in ("get", "get_many"):
        monkeypatch.setattr(cache, name, fails)
    found = _conditions()
    assert found["queue"] == "down"
    assert found["speech"] == found["objects"] == "unknown"
    assert Client().get("/status").status_code == 200


def test_both_are_the_same_for_all_who_read_a_language_and_may_be_cached() -> None:
    client = Client()
    client.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    for address in ("/status", "/status.json"):
        mine, anybodys = client.get(address), Client().get(address)
        assert mine.content == anybodys.content
        assert mine["Cache-Control"] == "public, max-age=10"
        assert not mine.cookies
    assert "Cookie" not in client.get("/status.json").get("Vary", "")


def test_a_process_looks_once_in_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    first = services.standing()
    assert services.standing() is first
    monkeypatch.setattr(services, "KEPT", 0.0)
    assert services.standing() is not first


def test_it_says_since_when_and_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    _all_alive()
    tasks.measure()
    assert next(part.since for part in services.look().parts if part.code == "speech")
    tasks.measure()
    assert Change.objects.filter(part="speech").count() == 1
    assert not Change.objects.filter(part="web").exists()
    assert "Speech: working" in Client().get("/status").text


def test_a_condition_that_is_not_recorded_yet_has_no_beginning() -> None:
    Change.objects.create(part="database", condition=Condition.DOWN)
    [database] = [part for part in services.look().parts if part.code == "database"]
    assert (database.found.condition, database.since) == (Condition.WORKING, None)


def test_old_changes_are_forgotten_but_for_the_last() -> None:
    for condition in (Condition.WORKING, Condition.DOWN):
        Change.objects.create(part="database", condition=condition)
    Change.objects.create(part="queue", condition=Condition.WORKING)
    Change.objects.update(at=timezone.now() - timedelta(days=40))
    tasks.measure()
    assert [each.condition for each in Change.objects.filter(part="database")] == ["working"]
    assert Change.objects.filter(part="queue").count() == 1


def test_an_event_that_nobody_acts_on_makes_payments_slow() -> None:
    event = ProviderEvent.objects.create(event_id="evt_1", kind="charge.updated", object_id="ch_1")
    assert _conditions()["payments"] == "working"
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(minutes=6))
    assert _conditions()["payments"] == "slow"
    ProviderEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now())
    assert _conditions()["payments"] == "working"


def test_one_request_looks_and_others_meanwhile_get_what_was_found_before() -> None:
    first = services.standing()
    services._kept[:] = [(time.monotonic() - 60, first)]
    with services._looking:  # somebody looks, and a part does not answer
        assert services.standing() is first
    assert services.standing() is not first
