"""The condition of every part, since when, and what changed lately."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from marketplace.status import checks, pulses
from marketplace.status.checks import Found
from marketplace.status.models import Change, Condition

KEPT = 10.0  # seconds for which a process tells what it found
SHOWN = timedelta(days=30)  # of changes; older ones are forgotten
_WORST_FIRST = (Condition.DOWN, Condition.SLOW, Condition.UNKNOWN)

# code: its name, and its check. Codes never change, since monitors read them
PARTS: dict[str, tuple[StrOrPromise, Callable[[], Found]]] = {
    "web": (gettext_lazy("Website and API"), checks.web),
    "database": (gettext_lazy("Database"), checks.database),
    "queue": (gettext_lazy("Queue"), checks.broker),
    "background": (gettext_lazy("Background work"), checks.queue(checks.BACKGROUND)),
    "speech": (gettext_lazy("Speech"), checks.queue(checks.SPEECH)),
    "jobs": (gettext_lazy("Jobs and batches"), checks.queue(checks.JOBS)),
    "listening": (gettext_lazy("Checks of recordings"), checks.queue(checks.LISTENING)),
    "learning": (gettext_lazy("Learning voices"), checks.queue(checks.LEARNING)),
    "webhooks": (gettext_lazy("Webhooks"), checks.queue(checks.WEBHOOKS)),
    "objects": (gettext_lazy("Object store"), checks.store),
    "payments": (gettext_lazy("Payment events"), checks.payments),
}


@dataclass(frozen=True)
class Part:
    """A part as it is. since: when it was first found so; None: not recorded yet."""

    code: str
    name: StrOrPromise
    found: Found
    since: datetime | None


@dataclass(frozen=True)
class Standing:
    """All parts, and the changes of the last `SHOWN`, newest first."""

    parts: tuple[Part, ...]
    changes: tuple[tuple[StrOrPromise, Change], ...]
    at: datetime

    @property
    def condition(self) -> Condition:
        """The worst condition that was found; what is unknown is left out."""
        conditions = {part.found.condition for part in self.parts}
        return next((each for each in _WORST_FIRST[:2] if each in conditions), Condition.WORKING)


_kept: list[tuple[float, Standing]] = []
_looking = threading.Lock()


def standing() -> Standing:
    """How the platform stands, as found within the last `KEPT` seconds by this process."""
    if _is_fresh():
        return _kept[0][1]
    if not _looking.acquire(blocking=not _kept):
        return _kept[0][1]  # while one request looks, which takes long where a part is down
    try:
        if not _is_fresh():  # another request may have looked before
            _kept[:] = [(time.monotonic(), look())]
        return _kept[0][1]
    finally:
        _looking.release()


def _is_fresh() -> bool:
    return bool(_kept) and time.monotonic() - _kept[0][0] < KEPT


def look() -> Standing:
    """Check every part now."""
    found = {code: check() for code, (_, check) in PARTS.items()}
    try:
        latest = _latest()
        shown = Change.objects.filter(at__gt=timezone.now() - SHOWN)[:50]
        changes = tuple((PARTS[each.part][0], each) for each in shown if each.part in PARTS)
    except Error:
        latest, changes = {}, ()
    parts = []
    for code, (name, _) in PARTS.items():
        last = latest.get(code)
        is_since = last is not None and last.condition == found[code].condition
        parts.append(Part(code, name, found[code], last.at if last and is_since else None))
    return Standing(tuple(parts), changes, timezone.now())


def _latest() -> dict[str, Change]:
    """The last change of each part."""
    newest = Change.objects.order_by("part", "-id").distinct("part")
    return {change.part: change for change in newest}


def measure() -> None:
    """Measure what pages don't wait for, and record what has changed; safe to repeat."""
    for queue in checks.QUEUES:
        pulses.send(queue.name)
    checks.measure_store()
    latest = _latest()
    for code, (_, check) in PARTS.items():
        if code == "web":  # which no worker can tell
            continue
        condition = check().condition
        former = latest[code].condition if code in latest else Condition.UNKNOWN
        if condition != former:
            Change.objects.create(part=code, condition=condition)
    last = [change.pk for change in _latest().values()]
    Change.objects.filter(at__lt=timezone.now() - SHOWN).exclude(pk__in=last).delete()
