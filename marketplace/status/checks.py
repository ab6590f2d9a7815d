"""One check for each part of the platform; none says more than was measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db import Error, connection
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from redis.exceptions import RedisError

from marketplace import storage
from marketplace.api.loading import is_loading
from marketplace.payouts.models import ProviderEvent
from marketplace.refusals import StorageUnavailable
from marketplace.status import pulses
from marketplace.status.models import Condition

SLOW_ANSWER = 0.5  # seconds of the database or the cache
SLOW_STORE = 2.0  # seconds to write and read a small object
STALE = 120.0  # seconds after which what a worker measured counts no longer
EVENTS_WAIT = timedelta(minutes=5)  # an event is usually acted on within seconds
QUIET = timedelta(days=1)  # without an event; nobody may have bought anything
_OBJECT, _STORE = "status/probe", "measured:store"


@dataclass(frozen=True)
class Found:
    """What a check found. said: with %(time)s where there are seconds: of how long it took, or work waits."""

    condition: Condition
    said: StrOrPromise
    seconds: float | None = None


@dataclass(frozen=True)
class Queue:
    """A queue as people know it. slow, down: seconds of waiting after which it counts as such."""

    name: str
    slow: float
    down: float


BACKGROUND = Queue("default", 30, 300)
SPEECH = Queue("speech", 2, 60)
JOBS = Queue("jobs", 300, 3_000)  # others' texts are spoken first
LISTENING = Queue("listen", 60, 1_200)
LEARNING = Queue("enrol", 900, 3_500)  # a voice takes minutes, and is learned alone
WEBHOOKS = Queue("webhooks", 60, 600)
QUEUES = (BACKGROUND, SPEECH, JOBS, LISTENING, LEARNING, WEBHOOKS)


@contextmanager
def _timed(spent: list[float]) -> Iterator[None]:
    started = time.monotonic()
    yield
    spent.append(time.monotonic() - started)


def _by_time(seconds: float, slow: float) -> Condition:
    return Condition.SLOW if seconds > slow else Condition.WORKING


def web() -> Found:
    """The server that answers."""
    return Found(Condition.WORKING, gettext_lazy("It answered this request."))


def database() -> Found:
    """One query."""
    spent: list[float] = []
    try:
        with _timed(spent), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return Found(Condition.DOWN, gettext_lazy("It does not answer."))
    return Found(
        _by_time(spent[0], SLOW_ANSWER), gettext_lazy("It answers queries in %(time)s."), spent[0]
    )


def broker() -> Found:
    """One look into the store of the queues."""
    spent: list[float] = []
    try:
        with _timed(spent):
            cache.get("status")
    except (RedisError, OSError):
        return Found(Condition.DOWN, gettext_lazy("It does not answer: nothing is queued."))
    return Found(
        _by_time(spent[0], SLOW_ANSWER), gettext_lazy("It takes work in %(time)s."), spent[0]
    )


def queue(of: Queue) -> Callable[[], Found]:
    """A check of a queue's workers, by their signs of life."""
    return lambda: _workers(of)


def _workers(of: Queue) -> Found:
    try:
        pulse, background = pulses.pulse_of(of.name), pulses.pulse_of(BACKGROUND.name)
        loading = of is SPEECH and is_loading()
    except (RedisError, OSError):
        return Found(
            Condition.UNKNOWN, gettext_lazy("It can’t be measured while the queue is down.")
        )
    if loading:
        return Found(Condition.SLOW, gettext_lazy("The engine is loading."))
    if of is not BACKGROUND and not _is_measured(background):
        return Found(Condition.UNKNOWN, gettext_lazy("Nothing measures it now."))
    if pulse.at is None and pulse.waits <= of.slow:
        return Found(Condition.UNKNOWN, gettext_lazy("It was not measured yet."))
    if pulse.waits > of.down or (of is BACKGROUND and not _is_measured(pulse)):
        return Found(
            Condition.DOWN, gettext_lazy("No worker has answered for %(time)s."), _unheard(pulse)
        )
    return Found(
        _by_time(pulse.waits, of.slow), gettext_lazy("New work waits for %(time)s."), pulse.waits
    )


def _unheard(pulse: pulses.Pulse) -> float:
    """Seconds since the last sign of life; of what never gave one, since it was first asked for."""
    if pulse.at is None:
        return pulse.waits
    return (timezone.now() - pulse.at).total_seconds()


def _is_measured(pulse: pulses.Pulse) -> bool:
    """Whether the worker that measures the others was there lately."""
    longest = timedelta(seconds=BACKGROUND.down)
    return pulse.at is not None and timezone.now() - pulse.at < longest


def measure_store() -> None:
    """Write and read an object, for `store` to tell: pages don't wait for that."""
    spent: list[float] = []
    try:
        with _timed(spent):
            storage.put(_OBJECT, b"probe")
            works = storage.get(_OBJECT) == b"probe"
    except StorageUnavailable:
        works = False
    cache.set(_STORE, [time.time(), works, spent[0] if spent else 0.0], None)


def store() -> Found:
    """The object store, as a worker measured it last."""
    try:
        at, works, seconds = cache.get(_STORE) or (0.0, False, 0.0)
    except (RedisError, OSError):
        at = 0.0
    if time.time() - at > STALE:
        return Found(Condition.UNKNOWN, gettext_lazy("Nothing measures it now."))
    if not works:
        return Found(Condition.DOWN, gettext_lazy("It does not store."))
    return Found(
        _by_time(seconds, SLOW_STORE),
        gettext_lazy("It stores and returns an object in %(time)s."),
        seconds,
    )


def payments() -> Found:
    """What the payment provider reported, and whether it was acted on."""
    now = timezone.now()
    try:
        waiting = ProviderEvent.objects.filter(
            processed_at=None,
            waits_for="",
            received_at__range=(now - QUIET, now - EVENTS_WAIT),  # finance has older ones
        )
        late = waiting.order_by("received_at").values_list("received_at", flat=True).first()
        heard = ProviderEvent.objects.filter(received_at__gt=now - QUIET).exists()
    except Error:
        return Found(
            Condition.UNKNOWN, gettext_lazy("It can’t be measured while the database is down.")
        )
    if late is not None:
        seconds = (now - late).total_seconds()
        return Found(
            Condition.SLOW, gettext_lazy("An event has not been acted on for %(time)s."), seconds
        )
    if not heard:
        return Found(
            Condition.UNKNOWN, gettext_lazy("No event came within a day; perhaps nobody paid.")
        )
    return Found(Condition.WORKING, gettext_lazy("Events are acted on as they come."))
