"""The audit trail as daily hash chains with signed ends.

Events are written concurrently by the code that causes them; a single task links them afterwards,
so that nobody waits for the chain. An event that is committed late is linked late.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from marketplace import signing
from marketplace.compliance.models import AuditEvent, AuditHead, AuditLink
from marketplace.refusals import SignatureInvalid

LINKED_WITHIN = timedelta(minutes=15)
_LOCK = 0x61756469  # one linker at a time
_BATCH = 2_000


def digest(before: str, event: AuditEvent) -> str:
    """The hash of an event after the hash before it."""
    payload = {
        "id": event.pk,
        "at": event.at.astimezone(UTC).isoformat(),
        "actor": event.actor_id,
        "action": event.action,
        "subject": [event.subject_type, event.subject_id],
        "details": event.details,
    }
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def beginning_of(day: date) -> str:
    """The hash that the first event of a day follows."""
    return hashlib.sha256(f"audit {day.isoformat()}".encode()).hexdigest()


def link_events() -> int:
    """Link unlinked events and sign the days that are over; returns how many links were added."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return 0
        today = timezone.now().date()
        last = AuditLink.objects.filter(day=today).last()
        before = last.sha256 if last else beginning_of(today)
        position = last.position + 1 if last else 0
        links = []
        for event in AuditEvent.objects.filter(link=None).order_by("pk")[:_BATCH]:
            before = digest(before, event)
            links.append(AuditLink(event=event, day=today, position=position, sha256=before))
            position += 1
        AuditLink.objects.bulk_create(links)
        for day in (
            AuditLink.objects.filter(day__lt=today)
            .exclude(day__in=AuditHead.objects.values("day"))
            .order_by("day")
            .values_list("day", flat=True)
            .distinct()
        ):
            _sign(day)
    return len(links)


def _sign(day: date) -> None:
    links = AuditLink.objects.filter(day=day)
    end = links.last()
    assert end is not None
    last = AuditHead.objects.last()
    head = AuditHead(
        day=day,
        number=((last and last.number) or 0) + 1,
        before=fingerprint(last.signature) if last else "",
        events=links.count(),
        sha256=end.sha256,
    )
    head.signature = signing.sign(claims_of(head))
    head.save(force_insert=True)


def fingerprint(signature: str) -> str:
    """By what the next head names the one before it."""
    return hashlib.sha256(signature.encode()).hexdigest()


def claims_of(head: AuditHead) -> dict[str, Any]:
    """What the signature of a head says."""
    claims = {"day": head.day.isoformat(), "events": head.events, "sha256": head.sha256}
    if head.number is None:  # from before heads were numbered
        return claims
    return {**claims, "number": head.number, "before": head.before}


def export_heads() -> int:
    """Write the signed ends of days where the database can't reach them; returns how many are new.

    A file that is there is never written again. Without `AUDIT_HEADS_FOLDER` there is no such place.
    """
    if not settings.AUDIT_HEADS_FOLDER:
        return 0
    folder, count = Path(settings.AUDIT_HEADS_FOLDER), 0
    for head in AuditHead.objects.all():
        try:
            with (folder / f"{head.day}.jws").open("x") as file:
                file.write(head.signature)
            count += 1
        except FileExistsError:
            continue
    return count


@dataclass(frozen=True)
class Fault:
    """A place where the trail differs from what was written."""

    where: str
    what: str


def faults() -> Iterator[Fault]:
    """Every fault in the trail; none if it is intact."""
    day: date | None = None
    before, expected = "", 0
    latest = datetime.min.replace(tzinfo=UTC)
    for link in AuditLink.objects.select_related("event").iterator():
        if link.day != day:
            day, before, expected = link.day, beginning_of(link.day), 0
        if link.position != expected:
            yield Fault(f"{day} #{expected}", "An event is missing from the chain.")
            expected = link.position
        recomputed = digest(before, link.event)
        if recomputed != link.sha256:
            yield Fault(f"event {link.event_id}", "The event was changed after it was written.")
        if link.event.at + LINKED_WITHIN < latest:
            yield Fault(
                f"event {link.event_id}", "The event is dated before events that it follows."
            )
        latest = max(latest, link.event.at)
        before, expected = link.sha256, expected + 1
    yield from _faults_of_heads()
    late = AuditEvent.objects.filter(link=None, at__lt=timezone.now() - LINKED_WITHIN)
    for event in late[:100]:
        yield Fault(f"event {event.pk}", "The event was never linked; is the worker running?")


def _faults_of_heads() -> Iterator[Fault]:
    """Faults of the signed ends: changed ones, days that don't match theirs, days that are gone."""
    previous: AuditHead | None = None
    for head in AuditHead.objects.all():
        links = AuditLink.objects.filter(day=head.day)
        end = links.last()
        try:
            signed = signing.verify(head.signature)
        except SignatureInvalid:
            signed = {}
        if signed != claims_of(head):
            yield Fault(str(head.day), "The signed end of the day was changed.")
        elif end is None or (links.count(), end.sha256) != (head.events, head.sha256):
            yield Fault(str(head.day), "The day's chain is not the one that was signed.")
        numbered = previous is not None and previous.number is not None
        if head.number is None and numbered:
            yield Fault(str(head.day), "The signed end of the day has lost its number.")
        if head.number is not None and (
            head.number != (previous.number or 0 if previous else 0) + 1
            or head.before != (fingerprint(previous.signature) if previous else "")
        ):
            yield Fault(str(head.day), "A day before this one was taken out of the trail.")
        previous = head
    unsigned = AuditLink.objects.filter(day__lt=timezone.now().date() - timedelta(days=1))
    for day in (
        unsigned.exclude(day__in=AuditHead.objects.values("day"))
        .order_by("day")
        .values_list("day", flat=True)
        .distinct()
    ):
        yield Fault(str(day), "The day was never signed, or its signature was taken out.")
    yield from _faults_of_exports()


def _faults_of_exports() -> Iterator[Fault]:
    """Signed ends that were exported and are not in the database as they were."""
    if not settings.AUDIT_HEADS_FOLDER:
        return
    kept = {f"{head.day}.jws": head.signature for head in AuditHead.objects.all()}
    for path in sorted(Path(settings.AUDIT_HEADS_FOLDER).glob("*.jws")):
        if path.name not in kept:
            yield Fault(path.stem, "The day was signed and exported, and is gone from the trail.")
        elif path.read_text() != kept[path.name]:
            yield Fault(path.stem, "The day was signed anew after it was exported.")
