"""Each guarded account has its balance on its row, so that a posting reads no earlier line.

The trigger that adds to balances and months runs as the owner of the tables: the role of the
application may change neither (`manage.py restrict_role`). Where it is the owner itself, a guard
refuses whatever does not come from that trigger.
"""

import importlib

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

BEFORE = importlib.import_module("marketplace.payouts.migrations.0004_balance_guards")
GUARDED = """('creator_pending', 'creator_available', 'creator_in_transit', 'creator_debt',
        'buyer_credits', 'plan_shares')"""

# nothing is posted between the sums and the triggers that go on from them
FILL = f"""
LOCK TABLE payouts_ledgeraccount, payouts_ledgerline IN SHARE ROW EXCLUSIVE MODE;

UPDATE payouts_ledgeraccount SET balance_minor = coalesce(
    (SELECT sum(amount_minor) FROM payouts_ledgerline WHERE account_id = payouts_ledgeraccount.id), 0
) WHERE kind IN {GUARDED};

INSERT INTO payouts_accountmonth (account_id, month, minor)
SELECT line.account_id, date_trunc('month', entry.at AT TIME ZONE 'UTC')::date,
       sum(line.amount_minor)
FROM payouts_ledgerline line
JOIN payouts_ledgerentry entry ON entry.id = line.entry_id
JOIN payouts_ledgeraccount account ON account.id = line.account_id
WHERE account.balance_minor IS NOT NULL
GROUP BY 1, 2;

UPDATE payouts_earning SET characters =
    replace(substring(description from '^([0-9,]+) characters'), ',', '')::bigint
WHERE source = 'usage' AND description ~ '^[0-9][0-9,]{{0,15}} characters';
"""

GUARDS = f"""
DROP TRIGGER ledger_locks_guarded_account ON payouts_ledgerline;
DROP FUNCTION ledger_locks_guarded_account();

CREATE FUNCTION ledger_debts_have_a_cause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM payouts_ledgeraccount WHERE id = NEW.account_id AND kind = 'creator_debt'
    ) AND NOT EXISTS (
        SELECT 1 FROM payouts_ledgerentry WHERE id = NEW.entry_id AND kind IN ('refund', 'dispute')
    ) THEN
        RAISE EXCEPTION 'only a refund or a dispute leaves a creator owing'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_debts_have_a_cause
    BEFORE INSERT ON payouts_ledgerline
    FOR EACH ROW WHEN (NEW.amount_minor > 0) EXECUTE FUNCTION ledger_debts_have_a_cause();

CREATE FUNCTION ledger_account_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.balance_minor := CASE WHEN NEW.kind IN {GUARDED} THEN 0 END;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_account_begins
    BEFORE INSERT ON payouts_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION ledger_account_begins();

-- Accounts are locked in the order of the lines, and stay locked until the end of the transaction,
-- so that two of them can't each see a balance without the other. An account's months are
-- written under its lock alone.
CREATE FUNCTION ledger_keeps_balances() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moved record;
BEGIN
    FOR moved IN
        SELECT added.account_id, sum(added.amount_minor) AS minor
        FROM added JOIN payouts_ledgeraccount account ON account.id = added.account_id
        WHERE account.balance_minor IS NOT NULL
        GROUP BY added.account_id ORDER BY min(added.id)
    LOOP
        UPDATE payouts_ledgeraccount SET balance_minor = balance_minor + moved.minor
        WHERE id = moved.account_id;
    END LOOP;
    INSERT INTO payouts_accountmonth AS kept (account_id, month, minor)
    SELECT added.account_id, date_trunc('month', entry.at AT TIME ZONE 'UTC')::date,
           sum(added.amount_minor)
    FROM added
    JOIN payouts_ledgerentry entry ON entry.id = added.entry_id
    JOIN payouts_ledgeraccount account ON account.id = added.account_id
    WHERE account.balance_minor IS NOT NULL
    GROUP BY 1, 2
    ON CONFLICT (account_id, month) DO UPDATE SET minor = kept.minor + EXCLUDED.minor;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION ledger_keeps_balances() FROM PUBLIC;

CREATE TRIGGER ledger_keeps_balances
    AFTER INSERT ON payouts_ledgerline REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps_balances();

CREATE OR REPLACE FUNCTION ledger_account_is_covered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE account payouts_ledgeraccount; total bigint;
BEGIN
    SELECT * INTO account FROM payouts_ledgeraccount WHERE id = NEW.account_id;
    total := account.balance_minor;
    IF account.kind = 'creator_debt' THEN
        total := -total;
    END IF;
    IF total > 0 THEN
        RAISE EXCEPTION 'entry % takes % more from a % account than there is',
            NEW.entry_id, total, account.kind USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_balances_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'balances follow from the lines alone' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER ledger_accounts_stay
    BEFORE UPDATE ON payouts_ledgeraccount
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.* AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_balances_are_kept();

CREATE TRIGGER account_months_stay
    BEFORE INSERT OR UPDATE OR DELETE ON payouts_accountmonth
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_balances_are_kept();

-- room on each page for the next version of a row
ALTER TABLE payouts_ledgeraccount SET (fillfactor = 70);
ALTER TABLE payouts_accountmonth SET (fillfactor = 70);
"""

UNDO = f"""
DROP TRIGGER account_months_stay ON payouts_accountmonth;
DROP TRIGGER ledger_accounts_stay ON payouts_ledgeraccount;
DROP TRIGGER ledger_keeps_balances ON payouts_ledgerline;
DROP TRIGGER ledger_account_begins ON payouts_ledgeraccount;
DROP TRIGGER ledger_debts_have_a_cause ON payouts_ledgerline;
DROP TRIGGER ledger_account_is_covered ON payouts_ledgerline;
DROP FUNCTION ledger_account_is_covered();
DROP FUNCTION ledger_balances_are_kept();
DROP FUNCTION ledger_keeps_balances();
DROP FUNCTION ledger_account_begins();
DROP FUNCTION ledger_debts_have_a_cause();
DROP INDEX payouts_ledgerline_sums;
ALTER TABLE payouts_ledgeraccount RESET (fillfactor);
{BEFORE.GUARDS}
"""


class Migration(migrations.Migration):

    dependencies = [
        ('creators', '0002_data_key'),
        ('payouts', '0015_causes_name_their_dispute'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='Its first day.')),
                ('minor', models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='earning',
            name='characters',
            field=models.PositiveBigIntegerField(default=0, help_text='Of usage: spoken.'),
        ),
        migrations.AddField(
            model_name='earning',
            name='day',
            field=models.DateField(help_text='Of usage that is summed: the day (UTC) it is of.', null=True),
        ),
        migrations.AddField(
            model_name='ledgeraccount',
            name='balance_minor',
            field=models.BigIntegerField(editable=False, help_text='Sum of the lines of a guarded account, kept by the database alone.', null=True),
        ),
        migrations.AlterField(
            model_name='providerevent',
            name='waits_for',
            field=models.CharField(blank=True, help_text='A charge whose payment is not recorded yet; it is acted on again once it is.', max_length=120),
        ),
        migrations.AddIndex(
            model_name='earning',
            index=models.Index(fields=['creator', '-id'], name='earnings_newest_first'),
        ),
        migrations.AddIndex(
            model_name='earning',
            index=models.Index(condition=models.Q(('share_minor__gt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('taken_back_minor'), '+', models.F('settled_minor')), '+', models.F('transferred_minor'))), ('state', 'payable')), fields=['creator', 'currency', 'id'], name='earnings_to_pay'),
        ),
        migrations.AddIndex(
            model_name='providerevent',
            index=models.Index(condition=models.Q(('waits_for', ''), _negated=True), fields=['waits_for'], name='events_that_wait'),
        ),
        migrations.AddIndex(
            model_name='providerevent',
            index=models.Index(fields=['received_at'], name='events_by_day'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(fields=['creator', '-id'], name='transfers_newest_first'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('state__in', ['ready', 'sending'])), fields=['created_at'], name='transfers_to_send'),
        ),
        migrations.AddIndex(
            model_name='transferreversal',
            index=models.Index(condition=models.Q(('state', 'requested')), fields=['transfer'], name='reversals_asked_for'),
        ),
        migrations.AddConstraint(
            model_name='earning',
            constraint=models.UniqueConstraint(condition=models.Q(('day__isnull', False), ('source', 'usage'), ('state', 'held')), fields=('creator', 'voice_name', 'currency', 'day'), name='one_sum_of_usage_a_day'),
        ),
        migrations.AddField(
            model_name='accountmonth',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='months', to='payouts.ledgeraccount'),
        ),
        migrations.AddConstraint(
            model_name='accountmonth',
            constraint=models.UniqueConstraint(fields=('account', 'month'), name='one_row_a_month'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(GUARDS, UNDO),
    ]
