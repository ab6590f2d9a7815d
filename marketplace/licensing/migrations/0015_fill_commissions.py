"""Months that were paid before have the commission of the settings, by which they were posted."""

from django.conf import settings
from django.db import migrations


def fill(apps, schema_editor):
    months = apps.get_model("licensing", "PlanMonth").objects.exclude(invoice=None)
    months.update(commission_bps=settings.COMMISSION_BPS)


class Migration(migrations.Migration):
    dependencies = [("licensing", "0014_months_have_a_commission")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
