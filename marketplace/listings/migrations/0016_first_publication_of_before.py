from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """What is on sale, or was, is no news to anybody who follows its creator from now on."""
    Listing = apps.get_model("listings", "Listing")
    Listing.objects.exclude(published_at=None).update(first_published_at=F("published_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0015_first_publication'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
