"""A closed month takes no more entries, and adjusting entries need two people."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

# An entry and the closing of a month wait for each other, so that a month that was added up takes
# no entry that was written meanwhile. The number is that of `closing.LOCK`.
GUARDS = """
CREATE FUNCTION ledger_month_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7264013);
    IF EXISTS (
        SELECT 1 FROM payouts_closing
        WHERE state <> 'reopened' AND NEW.at < (month + interval '1 month') AT TIME ZONE 'UTC'
    ) THEN
        RAISE EXCEPTION 'the month of % is closed', NEW.at USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_month_is_open
    BEFORE INSERT ON payouts_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_month_is_open();

ALTER TABLE payouts_closing ADD CONSTRAINT only_past_months_are_closed
    CHECK (closed_at >= (month + interval '1 month') AT TIME ZONE 'UTC');
"""

UNDO = """
ALTER TABLE payouts_closing DROP CONSTRAINT only_past_months_are_closed;
DROP TRIGGER ledger_month_is_open ON payouts_ledgerentry;
DROP FUNCTION ledger_month_is_open();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payouts', '0016_running_balances'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='ledgerentry',
            name='happened_at',
            field=models.DateTimeField(help_text='When what it records happened, if that is known from elsewhere.', null=True),
        ),
        migrations.AddField(
            model_name='payment',
            name='settles_in',
            field=models.CharField(blank=True, help_text='Where the provider converted it into another currency.', max_length=3),
        ),
        migrations.AlterField(
            model_name='dispute',
            name='fee_minor',
            field=models.PositiveBigIntegerField(default=0, help_text='In the currency in which the payment settled.'),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='kind',
            field=models.CharField(choices=[('stripe_clearing', 'Money at the payment provider'), ('creator_pending', 'Owed to a creator, on hold'), ('creator_available', 'Owed to a creator, payable'), ('creator_in_transit', 'On its way to a creator'), ('creator_debt', 'Owed by a creator'), ('buyer_credits', 'Prepaid by a buyer, unused'), ('plan_shares', "A subscriber's payment, not yet shared out"), ('commission_revenue', 'Commission earned'), ('processing_fees', 'Payment fees'), ('tax_payable', 'Tax collected'), ('dispute_costs', 'Fees of disputes'), ('promo_expense', 'Discounts and trials, paid by the platform'), ('refunds_owed', 'Refunds still owed to buyers'), ('bank', "The platform's own bank account"), ('bad_debts', "Creators' debts written off"), ('deferred_commission', 'Commission on plan months that are not over'), ('currency_conversion', 'Converted by the payment provider'), ('exchange_differences', 'Gains and losses of exchange'), ('other_costs', 'Other costs')], max_length=24),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='at',
            field=models.DateTimeField(db_index=True, default=django.utils.timezone.now, help_text='When it is booked, in a month that is open.'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='kind',
            field=models.CharField(choices=[('sale', 'Licence sold'), ('fee', 'Payment fee'), ('hold_over', 'Hold over'), ('refund', 'Refund'), ('dispute', 'Dispute'), ('dispute_won', 'Dispute won'), ('transfer_begun', 'Transfer begun'), ('transfer', 'Transfer to a creator'), ('transfer_refused', 'Transfer refused'), ('reversal', 'Transfer taken back'), ('debt_settled', 'Debt set off'), ('credit_bought', 'Credit bought'), ('credit_used', 'Credit used'), ('plan_paid', 'Plan paid'), ('plan_shared', 'Plan month shared out'), ('refund_returned', 'Refund sent back by a bank'), ('refund_paid', 'Returned refund paid another way'), ('too_late', 'Paid too late, owed to the buyer'), ('payout', "Paid out to the platform's bank"), ('written_off', 'Debt written off'), ('plan_earned', 'Commission on a plan month earned'), ('converted', 'Converted into another currency'), ('adjustment', 'Adjusting entry')], max_length=20),
        ),
        migrations.AlterField(
            model_name='payment',
            name='fee_minor',
            field=models.PositiveBigIntegerField(default=0, help_text='In the currency in which it settled.'),
        ),
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('currency', models.CharField(max_length=3)),
                ('dated', models.DateField(help_text='The day that it belongs to.')),
                ('reason', models.CharField(max_length=300)),
                ('document', models.CharField(help_text='The reference of the document behind it.', max_length=120)),
                ('state', models.CharField(choices=[('proposed', 'Waits for a second person'), ('posted', 'Posted'), ('dropped', 'Dropped')], default='proposed', max_length=12)),
                ('proposed_at', models.DateTimeField(auto_now_add=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adjustment', to='payouts.ledgerentry')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='AdjustmentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(choices=[('stripe_clearing', 'Money at the payment provider'), ('creator_pending', 'Owed to a creator, on hold'), ('creator_available', 'Owed to a creator, payable'), ('creator_in_transit', 'On its way to a creator'), ('creator_debt', 'Owed by a creator'), ('buyer_credits', 'Prepaid by a buyer, unused'), ('plan_shares', "A subscriber's payment, not yet shared out"), ('commission_revenue', 'Commission earned'), ('processing_fees', 'Payment fees'), ('tax_payable', 'Tax collected'), ('dispute_costs', 'Fees of disputes'), ('promo_expense', 'Discounts and trials, paid by the platform'), ('refunds_owed', 'Refunds still owed to buyers'), ('bank', "The platform's own bank account"), ('bad_debts', "Creators' debts written off"), ('deferred_commission', 'Commission on plan months that are not over'), ('currency_conversion', 'Converted by the payment provider'), ('exchange_differences', 'Gains and losses of exchange'), ('other_costs', 'Other costs')], max_length=24)),
                ('amount_minor', models.BigIntegerField()),
                ('adjustment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='payouts.adjustment')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='Its first day.')),
                ('state', models.CharField(choices=[('closed', 'Closed'), ('reopening', 'Closed; reopening waits for a second person'), ('reopened', 'Reopened')], default='closed', max_length=12)),
                ('stood_open', models.JSONField(default=dict, help_text='What was not finished, and how many.')),
                ('closed_at', models.DateTimeField(auto_now_add=True)),
                ('reason', models.CharField(blank=True, help_text='Why it is to be reopened.', max_length=300)),
                ('reopened_at', models.DateTimeField(null=True)),
                ('closed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reopened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reopening_asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-month', '-id'),
            },
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'posted'), _negated=True), ('entry__isnull', False), _connector='OR'), name='posted_adjustments_have_an_entry'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentline',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor', 0), _negated=True), name='no_empty_lines_of_adjustments'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentline',
            constraint=models.CheckConstraint(condition=models.Q(('account__in', ('bank', 'bad_debts', 'commission_revenue', 'currency_conversion', 'dispute_costs', 'exchange_differences', 'processing_fees', 'other_costs', 'promo_expense', 'tax_payable'))), name='adjustments_leave_others_accounts_alone'),
        ),
        migrations.AddConstraint(
            model_name='closing',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'reopened'), _negated=True), fields=('month',), name='a_month_is_closed_once'),
        ),
        migrations.AddConstraint(
            model_name='closing',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='closings_are_of_whole_months'),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
