"""The database's own guards of the ledger hold against whoever speaks SQL as the application's role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.creators.models import Creator
from marketplace.payouts.books import ledger, proof
from marketplace.payouts.models import Closing, LedgerAccount, LedgerEntry, LedgerLine
from tests import factories
from tests.money import check_now

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
ROLE = "timbre_guarded"


def _sold(creator: Creator, amount: int) -> tuple[LedgerAccount, LedgerAccount]:
    """What a creator is owed, and the account it came through, after one sale."""
    pending = ledger.account(Kind.CREATOR_PENDING, "USD", creator)
    clearing = ledger.account(Kind.STRIPE_CLEARING, "USD")
    ledger.post(
        kind="sale",
        idempotency_key=f"sale-{creator.pk}-{amount}",
        lines=[(clearing, amount), (pending, -amount)],
    )
    check_now()
    return pending, clearing


@contextmanager
def _as_the_application(*, with_temporary_tables: bool = False) -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")
        call_command("restrict_role", ROLE, stdout=StringIO())
        if with_temporary_tables:  # where the owner of the database left them to everybody
            cursor.execute("SELECT current_database()")
            cursor.execute(f'GRANT TEMPORARY ON DATABASE "{cursor.fetchone()[0]}" TO {ROLE}')
        cursor.execute(f"SET ROLE {ROLE}")
        yield cursor
        cursor.execute("RESET ROLE")


def _new_entry(cursor: Any, kind: str) -> int:
    cursor.execute(
        "INSERT INTO payouts_ledgerentry (kind, idempotency_key, at, provider_reference) "
        "VALUES (%s, 'forged', now(), '') RETURNING id",
        [kind],
    )
    return int(cursor.fetchone()[0])


def _add(cursor: Any, entry: int, account: LedgerAccount, minor: int) -> None:
    cursor.execute(
        "INSERT INTO public.payouts_ledgerline (entry_id, account_id, currency, amount_minor) "
        "VALUES (%s, %s, 'USD', %s)",
        [entry, account.pk, minor],
    )


def test_a_temporary_table_does_not_hide_lines_that_do_not_balance() -> None:
    pending, _ = _sold(factories.make_creator(), 100)
    with (
        _as_the_application(with_temporary_tables=True) as cursor,
        pytest.raises(IntegrityError, match="does not sum to zero"),
        transaction.atomic(),
    ):
        cursor.execute("CREATE TEMP TABLE payouts_ledgerline (LIKE public.payouts_ledgerline)")
        _add(cursor, _new_entry(cursor, "sale"), pending, -1_000_000)
        check_now()
    assert ledger.balance(pending).minor == -100


def test_a_temporary_table_does_not_hide_what_is_taken_from_an_account() -> None:
    pending, clearing = _sold(factories.make_creator(), 100)
    with (
        _as_the_application(with_temporary_tables=True) as cursor,
        pytest.raises(IntegrityError, match="more from a creator_pending account"),
        transaction.atomic(),
    ):
        cursor.execute(
            "CREATE TEMP TABLE payouts_ledgeraccount AS SELECT * FROM public.payouts_ledgeraccount"
        )
        entry = _new_entry(cursor, "transfer")
        _add(cursor, entry, pending, 5_000)
        _add(cursor, entry, clearing, -5_000)
        check_now()
    assert ledger.balance(pending).minor == -100
    assert proof.differences() == []


def test_every_trigger_function_that_names_a_table_says_where_it_is() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT function.proname, function.proconfig, array_agg(DISTINCT named.relname::text) "
            "FROM pg_proc AS function "
            "JOIN pg_namespace AS space ON space.oid = function.pronamespace AND space.nspname = 'public' "
            "JOIN pg_class AS named ON named.relkind IN ('r', 'v', 'm', 'p') "
            "AND named.relnamespace = space.oid AND function.prosrc ~ ('\\m' || named.relname || '\\M') "
            "WHERE function.prorettype = 'trigger'::regtype GROUP BY 1, 2"
        )
        found = {name: config or [] for name, config, _ in cursor.fetchall()}
    assert {"ledger_entry_balances", "ledger_month_is_open", "shelf_notes_price"} <= set(found)
    blind = {
        name
        for name, config in found.items()
        if not any(
            each.startswith("search_path=") and each.replace('"', "").endswith(", pg_temp")
            for each in config
        )
    }
    assert blind == set()


def _closed_month() -> LedgerEntry:
    """An entry of last month, which is closed."""
    clearing, fees = ledger.account(Kind.STRIPE_CLEARING, "USD"), ledger.account(Kind.FEES, "USD")
    last = (timezone.now().replace(day=1, hour=12) - timedelta(days=1)).replace(day=2)
    entry, _ = ledger.post(
        kind="fee",
        idempotency_key="fee-of-last-month",
        lines=[(clearing, -30), (fees, 30)],
        belongs_to=last,
    )
    check_now()
    assert entry.at.month == last.month
    finance = appoint_finance(user=factories.make_user())
    Closing.objects.create(month=last.date().replace(day=1), closed_by=finance)
    return entry


def test_an_old_entry_of_a_closed_month_takes_no_further_lines() -> None:
    entry = _closed_month()
    clearing, fees = ledger.account(Kind.STRIPE_CLEARING, "USD"), ledger.account(Kind.FEES, "USD")
    with (
        _as_the_application() as cursor,
        pytest.raises(IntegrityError, match="closed"),
        transaction.atomic(),
    ):
        LedgerLine.objects.bulk_create(
            LedgerLine(entry=entry, account=account, currency="USD", amount_minor=minor)
            for account, minor in ((fees, 500), (clearing, -500))
        )
        cursor.execute("SELECT 1")
    assert sorted(entry.lines.values_list("amount_minor", flat=True)) == [-30, 30]


def test_lines_are_written_beside_a_closed_month() -> None:
    _closed_month()
    pending, _ = _sold(factories.make_creator(), 70)
    assert ledger.balance(pending).minor == -70


def test_the_applications_role_makes_no_tables_and_no_temporary_ones() -> None:
    with _as_the_application() as cursor:
        for forbidden in ("CREATE TEMP TABLE mine (id int)", "CREATE TABLE public.mine (id int)"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(forbidden)


def _refused(made: str, match: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        cursor.execute(made.format(role=ROLE, owner=f'"{cursor.fetchone()[0]}"'))
    with pytest.raises(CommandError, match=match):
        call_command("restrict_role", ROLE, stdout=StringIO())


def test_a_member_of_the_owner_is_not_taken_for_a_restricted_role() -> None:
    _refused("CREATE ROLE {role} IN ROLE {owner}", "a member of the role that owns the tables")


def test_a_superuser_is_not_taken_for_a_restricted_role() -> None:
    _refused("CREATE ROLE {role} SUPERUSER", "is a superuser")


def test_a_role_that_may_write_by_another_is_not_taken_for_a_restricted_one() -> None:
    _refused("CREATE ROLE {role} IN ROLE pg_write_all_data", "may still change")


def test_a_role_that_there_is_not_is_refused() -> None:
    with pytest.raises(CommandError, match="does not exist"):
        call_command("restrict_role", "nobody_at_all", stdout=StringIO())
