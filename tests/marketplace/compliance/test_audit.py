"""The audit trail verifies when untouched, and a single changed byte is detected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from marketplace import signing
from marketplace.compliance import audit, chain
from marketplace.compliance.models import AuditEvent, AuditHead, AuditLink
from tests import factories
from tests.conftest import TRAIL

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


def _day_over(days: int = 1) -> None:
    """Today's events are of some days ago, and that day is signed."""
    with _as_an_intruder():
        today = AuditLink.objects.latest("pk").day
        day = today - timedelta(days=days)
        AuditLink.objects.filter(day=today).delete()
        before = chain.beginning_of(day)
        for position, event in enumerate(AuditEvent.objects.filter(link=None).order_by("pk")):
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


def _taken_out(head: AuditHead) -> None:
    """Remove a day with everything of it, as somebody who owns the tables can."""
    with _as_an_intruder():
        events = list(AuditLink.objects.filter(day=head.day).values_list("event", flat=True))
        AuditLink.objects.filter(day=head.day).delete()
        AuditEvent.objects.filter(pk__in=events).delete()
        AuditHead.objects.filter(pk=head.pk).delete()


def _three_days() -> list[AuditHead]:
    for days in (3, 2, 1):
        _events()
        _day_over(days)
    assert list(chain.faults()) == []
    return list(AuditHead.objects.all())


@pytest.mark.parametrize("which", [0, 1])
def test_a_whole_day_that_was_taken_out_is_missed(which: int) -> None:
    _taken_out(_three_days()[which])
    assert [fault.what for fault in chain.faults()] == [
        "A day before this one was taken out of the trail."
    ]


def test_a_day_whose_signature_alone_was_taken_out_is_missed() -> None:
    _events()
    _day_over(2)
    with _as_an_intruder():
        AuditHead.objects.all().delete()
    assert "never signed" in next(iter(chain.faults())).what


def test_the_last_days_are_missed_where_their_signed_ends_were_exported(
    tmp_path: Path, settings: Any
) -> None:
    settings.AUDIT_HEADS_FOLDER = str(tmp_path)
    heads = _three_days()
    assert chain.export_heads() == 3
    assert chain.export_heads() == 0
    assert list(chain.faults()) == []
    _taken_out(heads[2])
    assert [fault.where for fault in chain.faults()] == [str(heads[2].day)]


def test_heads_from_before_they_were_numbered_stay_valid_and_are_followed() -> None:
    _events()
    _day_over(2)
    with _as_an_intruder():
        head = AuditHead.objects.get()
        head.number, head.before = None, ""
        head.signature = signing.sign(chain.claims_of(head))
        head.save()
    _events()
    _day_over(1)
    assert list(chain.faults()) == []
    _taken_out(head)
    assert list(chain.faults()) != []


@pytest.mark.parametrize("table", TRAIL)
def test_the_trail_cannot_be_emptied(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_is_not_emptied")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(f"TRUNCATE {table} CASCADE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_not_emptied")


def test_the_applications_role_adds_to_the_trail_and_takes_nothing_from_it() -> None:
    event = _events()[0]
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE timbre_app")
        call_command("restrict_role", "timbre_app", stdout=StringIO())
        cursor.execute("SET ROLE timbre_app")
        audit.record(actor=None, action="test.added", subject=event)
        for forbidden in (
            "DELETE FROM {}", "UPDATE {} SET id = 0", "TRUNCATE {} CASCADE",
            "ALTER TABLE {} DISABLE TRIGGER USER",
        ):  # fmt: skip
            for table in TRAIL:
                with pytest.raises(ProgrammingError), transaction.atomic():
                    cursor.execute(forbidden.format(table))
        cursor.execute("RESET ROLE")


def test_the_owner_of_the_tables_is_not_taken_for_a_restricted_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    with pytest.raises(CommandError, match="owns the tables"):
        call_command("restrict_role", owner)


def _insert_backdated(subject: AuditEvent) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO compliance_auditevent (at, action, subject_type, subject_id, details) "
            "VALUES ('2024-01-01', 'consent.verified', 'voices.voice', %s, '{}') RETURNING id",
            [subject.subject_id],
        )
        return int(cursor.fetchone()[0])


def test_an_event_that_is_inserted_with_another_date_has_the_databases_own() -> None:
    event = _events(1)[0]
    inserted = AuditEvent.objects.get(pk=_insert_backdated(event))
    assert inserted.at > event.at
    chain.link_events()
    assert list(chain.faults()) == []


def test_an_event_that_an_intruder_backdated_is_found() -> None:
    event = _events(1)[0]
    with _as_an_intruder():
        inserted = _insert_backdated(event)
    chain.link_events()
    assert [fault.where for fault in chain.faults()] == [f"event {inserted}"]
