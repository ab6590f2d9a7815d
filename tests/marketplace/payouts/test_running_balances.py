"""Balances are kept by the database alone, and are the sums of their lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import appoint_finance
from marketplace.compliance.models import AuditEvent
from marketplace.creators.models import Creator
from marketplace.payouts import tasks
from marketplace.payouts.books import ledger, proof
from marketplace.payouts.models import AccountMonth, LedgerAccount, LedgerEntry, LedgerLine
from tests import factories
from tests.mailbox import delivered
from tests.money import buy_another, check_now, dispute, pay_everything, refund, sell
from tests.reading import rows_read

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
_numbers = itertools.count()


def _post(creator: Creator, minor: int, kind: str = "sale") -> LedgerEntry:
    """An entry that credits a creator's pending balance (negative: debits it)."""
    pending = ledger.account(Kind.CREATOR_PENDING, "USD", creator)
    clearing = ledger.account(Kind.STRIPE_CLEARING, "USD")
    entry, _ = ledger.post(
        kind=kind,
        idempotency_key=f"test-{next(_numbers)}",
        lines=[(clearing, minor), (pending, -minor)],
    )
    return entry


def _history(creator: Creator, lines: int) -> None:
    """So many more lines on a creator's pending account, written by set."""
    entry = _post(creator, 1)
    pending = ledger.account(Kind.CREATOR_PENDING, "USD", creator)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payouts_ledgerline (entry_id, account_id, amount_minor, currency) "
            "SELECT %s, %s, CASE WHEN n %% 2 = 0 THEN 5 ELSE -5 END, 'USD' "
            "FROM generate_series(1, %s) AS n",
            [entry.pk, pending.pk, 2 * (lines // 2)],
        )
        check_now()
        cursor.execute("ANALYZE payouts_ledgerline")


@contextmanager
def _without_guards() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("payouts_ledgeraccount", "payouts_accountmonth"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in ("payouts_ledgeraccount", "payouts_accountmonth"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_posting_reads_as_little_after_a_thousand_lines_as_after_none() -> None:
    read = []
    for lines in (0, 1_000):
        creator = factories.make_creator()
        _history(creator, lines)
        with transaction.atomic(), rows_read("payouts_ledgerline") as rows:
            _post(creator, 100)
            check_now()
        read.append(rows.count)
    assert 0 < max(read) < 20


def test_the_balance_follows_whatever_happens_to_a_creators_money() -> None:
    creator = factories.make_creator()
    payment = sell(creator, price=9_999)
    refund(payment, 1_000)
    pay_everything(creator)
    dispute(buy_another(payment))
    check_now()
    for account in LedgerAccount.objects.filter(kind__in=LedgerAccount.GUARDED):
        total = sum(account.lines.values_list("amount_minor", flat=True))
        assert account.balance_minor == total == ledger.balance(account).minor
        assert sum(account.months.values_list("minor", flat=True)) == total
    assert LedgerAccount.objects.get(kind=Kind.STRIPE_CLEARING).balance_minor is None
    assert proof.differences() == []


def test_a_month_is_kept_where_its_entry_is_dated_in_utc() -> None:
    creator = factories.make_creator()
    _post(creator, 700)
    [month] = AccountMonth.objects.all()
    assert (month.month, month.minor) == (
        timezone.now().astimezone(UTC).date().replace(day=1),
        -700,
    )
    assert isinstance(month.month, date)


def test_many_entries_written_at_once_are_guarded_like_one() -> None:
    creator = factories.make_creator()
    pending = ledger.account(Kind.CREATOR_PENDING, "USD", creator)
    clearing = ledger.account(Kind.STRIPE_CLEARING, "USD")
    _post(creator, 100)
    drafts = [
        ledger.Draft("refund", f"many-{n}", [(pending, 60), (clearing, -60)]) for n in range(2)
    ]
    with pytest.raises(IntegrityError, match="more from a creator_pending"), transaction.atomic():
        ledger.post_new(drafts)
        check_now()
    ledger.post_new(drafts[:1])
    check_now()
    assert ledger.balance(pending).minor == -40
    with pytest.raises(IntegrityError, match="idempotency_key"), transaction.atomic():
        ledger.post_new(drafts[:1])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payouts_ledgeraccount SET balance_minor = 0",
        "UPDATE payouts_ledgeraccount SET kind = 'creator_available' WHERE kind = 'creator_pending'",
        "UPDATE payouts_accountmonth SET minor = 0",
        "DELETE FROM payouts_accountmonth",
        "INSERT INTO payouts_accountmonth (account_id, month, minor) "
        "SELECT id, '2020-01-01', 5 FROM payouts_ledgeraccount",
    ],
)
def test_nobody_writes_a_balance_but_the_lines(change: str) -> None:
    _post(factories.make_creator(), 100)
    with (
        pytest.raises(DatabaseError, match="follow from the lines"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_an_account_that_is_made_with_a_balance_begins_with_none() -> None:
    account = LedgerAccount.objects.create(
        kind=Kind.BUYER_CREDITS,
        organization=personal_organization(factories.make_user()),
        currency="USD",
        balance_minor=-5_000,
    )
    account.refresh_from_db()
    assert account.balance_minor == 0


def test_the_applications_role_posts_but_writes_no_balance_by_any_detour() -> None:
    creator = factories.make_creator()
    _post(creator, 100)
    pending = ledger.account(Kind.CREATOR_PENDING, "USD", creator)
    check_now()
    detour = """
        CREATE TEMP TABLE detour (id bigint);
        CREATE FUNCTION pg_temp.detour() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN UPDATE public.payouts_ledgeraccount SET balance_minor = 0; RETURN NULL; END';
        CREATE TRIGGER detour AFTER INSERT ON detour EXECUTE FUNCTION pg_temp.detour();
        INSERT INTO detour VALUES (1);
    """
    borrowed = """
        CREATE TEMP TABLE borrowed (id bigint, entry_id bigint, account_id bigint, amount_minor bigint);
        CREATE TRIGGER borrowed AFTER INSERT ON borrowed REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_keeps_balances();
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE timbre_books")
        call_command("restrict_role", "timbre_books", stdout=StringIO())
        cursor.execute("SELECT current_database()")
        # what `restrict_role` takes away: the books hold without
        cursor.execute(f'GRANT TEMPORARY ON DATABASE "{cursor.fetchone()[0]}" TO timbre_books')
        cursor.execute("SET ROLE timbre_books")
        _post(creator, 50)
        check_now()
        for forbidden in (
            detour,
            borrowed,
            "UPDATE payouts_ledgeraccount SET balance_minor = 0",
            "INSERT INTO payouts_accountmonth (account_id, month, minor) VALUES (1, now(), 1)",
            "DELETE FROM payouts_ledgerline",
            "ALTER TABLE payouts_ledgerline DISABLE TRIGGER USER",
        ):
            with pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute(forbidden)
        cursor.execute("RESET ROLE")
    assert ledger.balance(pending).minor == -150
    assert proof.differences() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payouts_ledgeraccount SET balance_minor = balance_minor - 5 WHERE id = {}",
        "UPDATE payouts_accountmonth SET minor = minor - 5 WHERE account_id = {}",
    ],
)
def test_the_nightly_proof_finds_a_changed_balance_and_raises_the_alarm(change: str) -> None:
    finance = appoint_finance(user=factories.make_user("finance"))
    wrong, right = factories.make_creator(), factories.make_creator()
    for creator in (wrong, right):
        _post(creator, 100)
    tasks.prove_balances()
    assert not AuditEvent.objects.filter(action="ledger.balance_differs").exists()
    account = ledger.account(Kind.CREATOR_PENDING, "USD", wrong)
    with _without_guards(), connection.cursor() as cursor:
        cursor.execute(change.format(account.pk))
    tasks.prove_balances()
    event = AuditEvent.objects.get(action="ledger.balance_differs")
    assert (event.subject_id, event.details["lines_minor"]) == (account.pk, -100)
    [letter] = [each for each in delivered() if each.to == [finance.email]]
    assert "1 balance(s)" in letter.subject
    assert f"account {account.pk} " in letter.body
    assert "$1.05" in letter.body


def test_the_proof_is_due_every_night(settings: object) -> None:
    beat = settings.CELERY_BEAT_SCHEDULE["prove-balances"]  # type: ignore[attr-defined]
    assert beat["task"] == tasks.prove_balances.name
    assert len(beat["schedule"].hour) == len(beat["schedule"].minute) == 1


def test_no_line_is_lost_from_a_balance_that_was_written_by_set() -> None:
    creator = factories.make_creator()
    _history(creator, 1_000)
    check_now()
    assert LedgerLine.objects.filter(account__creator=creator).count() == 1_001
    assert proof.differences() == []
