"""Licences that disputes suspended name each dispute that is open, so that each ends by itself."""

from django.db import migrations
from django.db.models import Q


def name_disputes(apps, schema_editor):
    Licence, Dispute = apps.get_model("licensing", "Licence"), apps.get_model("payouts", "Dispute")
    for licence in Licence.objects.filter(state="suspended", cause__contains="dispute"):
        bought = Q(payment__order=licence.order_id) | Q(payment__order__changes=licence.pk)
        named = [
            f"dispute:{pk}"
            for pk in Dispute.objects.filter(bought, state="open").values_list("pk", flat=True)
        ]
        others = [cause for cause in licence.cause.split() if cause != "dispute"]
        licence.cause = " ".join([*others, *named]) or licence.cause
        licence.save(update_fields=["cause"])


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0014_restored_shares_have_a_payment"),
        ("licensing", "0023_causes_name_what_they_are_of"),
    ]
    operations = [migrations.RunPython(name_disputes, migrations.RunPython.noop)]
