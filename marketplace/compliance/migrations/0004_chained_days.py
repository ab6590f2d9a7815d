"""Signed ends of days follow one another; the trail can't be emptied either."""

from django.db import migrations, models

TABLES = ("compliance_auditevent", "compliance_auditlink", "compliance_audithead")
GUARDS = "".join(
    f"""
CREATE TRIGGER {table}_is_not_emptied
    BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"""
    for table in TABLES
)
UNDO = "".join(f"DROP TRIGGER {table}_is_not_emptied ON {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0003_hash_chains")]
    operations = [
        migrations.AddField(
            model_name="audithead",
            name="number",
            field=models.PositiveIntegerField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name="audithead",
            name="before",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
