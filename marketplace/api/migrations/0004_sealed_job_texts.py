"""Texts of waiting jobs are sealed; a refusal that was found in the background is linked."""

import django.db.models.deletion
from django.db import migrations, models

from marketplace import storage


def seal(apps, schema_editor):
    items = apps.get_model("api", "SpeechJobItem").objects
    for item in items.exclude(text="").select_related("generation").iterator():
        purpose = f"job text {item.generation.public_id}"
        item.sealed_text = storage.seal(item.text.encode(), purpose)
        item.save(update_fields=["sealed_text"])


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0003_callers_without_keys"),
        ("policy", "0003_explanations"),
    ]
    operations = [
        migrations.AddField(
            model_name="speechjobitem",
            name="sealed_text",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="speechjobitem",
            name="refusal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="policy.refusal",
            ),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RemoveField(model_name="speechjobitem", name="text"),
    ]
