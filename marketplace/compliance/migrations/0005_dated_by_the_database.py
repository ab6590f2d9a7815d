"""The database dates events, so that whoever may insert one can't choose when it happened."""

from django.db import migrations

DATE = """
CREATE FUNCTION audit_event_is_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at = clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER audit_events_are_dated
    BEFORE INSERT ON compliance_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_event_is_now();
"""
UNDO = """
DROP TRIGGER audit_events_are_dated ON compliance_auditevent;
DROP FUNCTION audit_event_is_now();
"""


class Migration(migrations.Migration):
    dependencies = (("compliance", "0004_chained_days"),)
    operations = (migrations.RunSQL(DATE, UNDO),)
