"""What notes changes for search writes to its own table, whatever temporary ones there are."""

from django.db import migrations

NAMING_TABLES = ("shelf_notes_voice", "shelf_notes_price", "shelf_notes_all")


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0019_shelf_changes'),
    ]

    operations = [
        migrations.RunSQL(
            "".join(
                f"ALTER FUNCTION {name}() SET search_path = pg_catalog, public, pg_temp;\n"
                for name in NAMING_TABLES
            ),
            "".join(f"ALTER FUNCTION {name}() RESET search_path;\n" for name in NAMING_TABLES),
        ),
    ]
