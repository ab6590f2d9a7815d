"""The audit trail verifies when untouched, and a single changed byte is detected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from marketplace.compliance import audit, chain
from marketplace.compliance.models import AuditEvent, AuditHead, AuditLink
from tests import factories

pytestmark = pytest.mark.django_db


@contextmanager
def _as_an_intruder() -> Iterator[None]:
    """Disable the database's own guards."""
    tables = ("compliance_auditevent", "compliance_auditlink", "compliance_audithead")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _events(count: int = 5) -> list[AuditEvent]:
    user = factories.make_user()
    events = [
        audit.record(actor=user, action="test.done", subject=user, number=number)
        for number in range(count)
    ]
    chain.link_events()
    return events


def _day_over() -> None:
    with _as_an_intruder():
        day = AuditLink.objects.latest("pk").day - timedelta(days=1)
        AuditLink.objects.all().delete()
        before = chain.beginning_of(day)
        for position, event in enumerate(AuditEvent.objects.order_by("pk")):
            before = chain.digest(before, event)
            AuditLink.objects.create(event=event, day=day, position=position, sha256=before)
    chain.link_events()


def test_an_untouched_trail_is_whole() -> None:
    _events()
    _day_over()
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert "1 signed days: the audit trail is intact" in said.getvalue()


def test_linking_twice_changes_nothing() -> None:
    _events()
    assert chain.link_events() == 0
    assert list(chain.faults()) == []


def test_one_flipped_byte_is_found() -> None:
    event = _events()[2]
    with _as_an_intruder():
        AuditEvent.objects.filter(pk=event.pk).update(details={"number": 3})
    assert [fault.where for fault in chain.faults()] == [f"event {event.pk}"]
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=StringIO())


def test_an_event_that_was_taken_out_is_missed() -> None:
    event = _events()[2]
    with _as_an_intruder():
        AuditLink.objects.filter(event=event).delete()
        AuditEvent.objects.filter(pk=event.pk).delete()
    assert "missing" in next(iter(chain.faults())).what


def test_a_day_that_was_written_anew_does_not_fit_its_signature() -> None:
    event = _events()[2]
    _day_over()
    assert list(chain.faults()) == []
    with _as_an_intruder():
        AuditEvent.objects.filter(pk=event.pk).update(action="test.forged")
        before = chain.beginning_of(AuditHead.objects.get().day)
        for link in AuditLink.objects.select_related("event"):
            before = chain.digest(before, link.event)
            AuditLink.objects.filter(pk=link.pk).update(sha256=before)
    assert [fault.what for fault in chain.faults()] == [
        "The day's chain is not the one that was signed."
    ]


@pytest.mark.parametrize("model", [AuditEvent, AuditLink, AuditHead])
def test_the_database_itself_refuses_change_and_removal(model: type) -> None:
    _events()
    _day_over()
    row = model.objects.first()  # type: ignore[attr-defined]
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_the_trail_is_exported_with_its_hashes() -> None:
    event = _events()[0]
    said = StringIO()
    call_command("export_audit", action="test.", stdout=said)
    lines = said.getvalue().splitlines()
    assert len(lines) == 5
    assert AuditLink.objects.get(event=event).sha256 in lines[0]
