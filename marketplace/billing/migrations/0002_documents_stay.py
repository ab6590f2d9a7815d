"""A document that was written stays as it is: it gets its number once, and erasure may blank its buyer."""

from django.db import migrations

GUARD = """
CREATE FUNCTION billing_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER billing_document_stays
    BEFORE UPDATE OR DELETE ON billing_invoice
    FOR EACH ROW EXECUTE FUNCTION billing_document_stays();

CREATE FUNCTION billing_series_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.last = OLD.last + 1 AND NEW.prefix = OLD.prefix AND NEW.year = OLD.year THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a series of numbers goes on by one' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER billing_series_goes_on
    BEFORE UPDATE OR DELETE ON billing_numberseries
    FOR EACH ROW EXECUTE FUNCTION billing_series_goes_on();
"""

UNDO = """
DROP TRIGGER billing_series_goes_on ON billing_numberseries;
DROP FUNCTION billing_series_goes_on();
DROP TRIGGER billing_document_stays ON billing_invoice;
DROP FUNCTION billing_document_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
