"""Nobody is paid more than they are owed, and only money going back makes a creator owe.

The row of a guarded account is locked before a line is written, so that two transactions can't
each see the balance without the other.
"""

from django.db import migrations

GUARDS = """
CREATE FUNCTION ledger_locks_guarded_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kind_of text;
BEGIN
    SELECT kind INTO kind_of FROM payouts_ledgeraccount WHERE id = NEW.account_id;
    IF kind_of IN ('creator_pending', 'creator_available', 'creator_in_transit', 'creator_debt',
                   'buyer_credits', 'plan_shares') THEN
        PERFORM 1 FROM payouts_ledgeraccount WHERE id = NEW.account_id FOR NO KEY UPDATE;
    END IF;
    IF kind_of = 'creator_debt' AND NEW.amount_minor > 0 AND NOT EXISTS (
        SELECT 1 FROM payouts_ledgerentry WHERE id = NEW.entry_id AND kind IN ('refund', 'dispute')
    ) THEN
        RAISE EXCEPTION 'only a refund or a dispute leaves a creator owing'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_locks_guarded_account
    BEFORE INSERT ON payouts_ledgerline
    FOR EACH ROW EXECUTE FUNCTION ledger_locks_guarded_account();

CREATE FUNCTION ledger_account_is_covered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kind_of text; total bigint;
BEGIN
    SELECT kind INTO kind_of FROM payouts_ledgeraccount WHERE id = NEW.account_id;
    IF kind_of NOT IN ('creator_pending', 'creator_available', 'creator_in_transit', 'creator_debt',
                       'buyer_credits', 'plan_shares') THEN
        RETURN NULL;
    END IF;
    SELECT sum(amount_minor) INTO total FROM payouts_ledgerline WHERE account_id = NEW.account_id;
    IF kind_of = 'creator_debt' THEN
        total := -total;
    END IF;
    IF total > 0 THEN
        RAISE EXCEPTION 'entry % takes % more from a % account than there is',
            NEW.entry_id, total, kind_of USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_account_is_covered
    AFTER INSERT ON payouts_ledgerline
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_account_is_covered();

CREATE INDEX payouts_ledgerline_sums ON payouts_ledgerline (account_id) INCLUDE (amount_minor);
"""

UNDO = """
DROP INDEX payouts_ledgerline_sums;
DROP TRIGGER ledger_account_is_covered ON payouts_ledgerline;
DROP TRIGGER ledger_locks_guarded_account ON payouts_ledgerline;
DROP FUNCTION ledger_account_is_covered();
DROP FUNCTION ledger_locks_guarded_account();
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0003_money")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
