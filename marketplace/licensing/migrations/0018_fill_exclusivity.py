"""A voice that is licensed exclusively is sold to nobody else until that licence ends."""

from django.db import migrations
from django.db.models import Max
from django.utils import timezone


def fill(apps, schema_editor):
    ended = ("expired", "revoked", "refunded")
    licences = apps.get_model("licensing", "Licence").objects
    in_force = (
        licences.filter(terms__tier="exclusive", ends_at__gt=timezone.now())
        .exclude(state__in=ended)
        .values("voice")
        .annotate(until=Max("ends_at"))
    )
    listings = apps.get_model("listings", "Listing").objects
    for licence in in_force:
        listings.filter(voice=licence["voice"]).update(exclusive_until=licence["until"])
    # ended meanwhile: the next hourly run puts these on sale again
    listings.filter(state="exclusive", exclusive_until=None).update(exclusive_until=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("licensing", "0017_exclusive_offers"),
        ("listings", "0007_exclusive_offers"),
    ]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
