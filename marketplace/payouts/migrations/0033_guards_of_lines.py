"""Guards of the ledger see its own tables alone, and a closed month takes no more lines.

Whoever may make a temporary table could have the guards look at that one: its schema is searched first
unless a function says otherwise. Entries of a closed month were refused, but not further lines of old ones.
"""

from django.db import migrations

NAMING_TABLES = (
    "ledger_entry_balances",
    "ledger_currency_matches",
    "ledger_account_is_covered",
    "ledger_debts_have_a_cause",
    "ledger_month_is_open",
    "ledger_keeps_balances",
)
KEPT = "ledger_keeps_balances"  # had one before

# A new entry was held to its month itself, under the same lock, which stays until its transaction ends
GUARD = """
CREATE FUNCTION ledger_lines_month_is_open() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7264013);
    IF EXISTS (
        SELECT 1 FROM added JOIN payouts_ledgerentry entry ON entry.id = added.entry_id
        JOIN payouts_closing closing ON closing.state <> 'reopened'
            AND entry.at < (closing.month + interval '1 month') AT TIME ZONE 'UTC'
    ) THEN
        RAISE EXCEPTION 'a month with one of these lines is closed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_lines_month_is_open
    AFTER INSERT ON payouts_ledgerline REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_lines_month_is_open();
"""
UNGUARD = """
DROP TRIGGER ledger_lines_month_is_open ON payouts_ledgerline;
DROP FUNCTION ledger_lines_month_is_open();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payouts', '0032_credit_given_by_hand'),
    ]

    operations = [
        migrations.RunSQL(
            "".join(
                f"ALTER FUNCTION {name}() SET search_path = pg_catalog, public, pg_temp;\n"
                for name in NAMING_TABLES
            ),
            "".join(
                f"ALTER FUNCTION {name}() RESET search_path;\n"
                for name in NAMING_TABLES
                if name != KEPT
            )
            + f"ALTER FUNCTION {KEPT}() SET search_path = public, pg_temp;\n",
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
