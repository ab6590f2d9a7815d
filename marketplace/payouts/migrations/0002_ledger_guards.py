"""The database keeps the books: entries balance, lines stay as they were written."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM payouts_ledgerline WHERE entry_id = NEW.entry_id
        GROUP BY currency HAVING sum(amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger entry % does not sum to zero', NEW.entry_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_entry_balances
    AFTER INSERT ON payouts_ledgerline
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

CREATE FUNCTION ledger_currency_matches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.currency <> (SELECT currency FROM payouts_ledgeraccount WHERE id = NEW.account_id) THEN
        RAISE EXCEPTION 'a line must be in the currency of its account'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_currency_matches
    BEFORE INSERT ON payouts_ledgerline
    FOR EACH ROW EXECUTE FUNCTION ledger_currency_matches();

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER ledger_lines_stay
    BEFORE UPDATE OR DELETE ON payouts_ledgerline
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();

CREATE TRIGGER ledger_entries_stay
    BEFORE UPDATE OR DELETE ON payouts_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
"""

UNDO = """
DROP TRIGGER ledger_entries_stay ON payouts_ledgerentry;
DROP TRIGGER ledger_lines_stay ON payouts_ledgerline;
DROP TRIGGER ledger_currency_matches ON payouts_ledgerline;
DROP TRIGGER ledger_entry_balances ON payouts_ledgerline;
DROP FUNCTION ledger_is_append_only();
DROP FUNCTION ledger_currency_matches();
DROP FUNCTION ledger_entry_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
