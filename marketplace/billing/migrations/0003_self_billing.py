"""Creators' invoices: erasure may blank their seller, as it may blank the buyer of the others."""

from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION billing_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    numbered boolean := OLD.number IS NULL AND NEW.number IS NOT NULL;
    nobody jsonb := '{"name": "(erased)"}';
    by_us boolean := OLD.kind = 'self_billed';
BEGIN
    IF TG_OP = 'UPDATE' AND (numbered OR NEW.number IS NOT DISTINCT FROM OLD.number)
        AND (NEW.buyer = OLD.buyer OR (NEW.buyer = nobody AND NOT by_us))
        AND (NEW.seller = OLD.seller OR (NEW.seller = nobody AND by_us))
        AND to_jsonb(NEW) - ARRAY['number', 'buyer', 'seller']
            = to_jsonb(OLD) - ARRAY['number', 'buyer', 'seller'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'documents stay as they were written' USING ERRCODE = 'check_violation';
END $$;
"""
# what 0002 made
UNDO = """
CREATE OR REPLACE FUNCTION billing_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    numbered boolean := OLD.number IS NULL AND NEW.number IS NOT NULL;
    erased boolean := NEW.buyer = '{"name": "(erased)"}'::jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND (numbered OR NEW.number IS NOT DISTINCT FROM OLD.number)
        AND (erased OR NEW.buyer = OLD.buyer)
        AND to_jsonb(NEW) - ARRAY['number', 'buyer'] = to_jsonb(OLD) - ARRAY['number', 'buyer'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'documents stay as they were written' USING ERRCODE = 'check_violation';
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_membership_changes'),
        ('billing', '0002_documents_stay'),
    ]

    operations = [
        migrations.RunSQL(GUARD, UNDO),
        migrations.RemoveConstraint(
            model_name='invoice',
            name='credit_notes_correct_an_invoice',
        ),
        migrations.AlterField(
            model_name='invoice',
            name='kind',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('self_billed', 'Self-billing invoice')], max_length=12),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='reference',
            field=models.CharField(help_text="The provider's charge, or its refund; of a self-billing invoice, our own.", max_length=120, unique=True),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects', None), ('kind__in', ['invoice', 'self_billed'])), models.Q(('corrects__isnull', False), ('kind', 'credit_note')), _connector='OR'), name='credit_notes_correct_an_invoice'),
        ),
    ]
