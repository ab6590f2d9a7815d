"""Work out for earlier creators what their names have in common with those that pass for them."""

from django.db import migrations

from marketplace.claimed_names import name_key

ERASED = "(erased)"


def fill(apps, schema_editor):
    creators = apps.get_model("creators", "Creator").objects.exclude(display_name=ERASED)
    for creator in creators.filter(name_key="").only("pk", "display_name").iterator():
        creator.name_key = name_key(creator.display_name)
        creator.save(update_fields=["name_key"])


class Migration(migrations.Migration):

    dependencies = [
        ('creators', '0003_name_keys'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
