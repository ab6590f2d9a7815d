import unicodedata

from django.db import migrations


def fill(apps, schema_editor):
    """What the services keep from now on: the lowest price, and texts without accents."""
    Listing = apps.get_model("listings", "Listing")
    for listing in Listing.objects.prefetch_related("offers").iterator(chunk_size=500):
        prices = [
            offer.price_minor
            for offer in listing.offers.all()
            if offer.tier != "exclusive" and not offer.withdrawn
        ]
        listing.from_price_minor = min(prices, default=None)
        parts = unicodedata.normalize("NFD", listing.search_text)
        listing.search_text = unicodedata.normalize(
            "NFC", "".join(c for c in parts if not "\u0300" <= c <= "\u036f")
        )
        listing.save(update_fields=["from_price_minor", "search_text"])


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0010_search'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
