"""What was spoken before plans has its licence's voice."""

from django.db import migrations


def fill(apps, schema_editor):
    Generation = apps.get_model("licensing", "Generation")
    for generation in Generation.objects.filter(voice=None).select_related("licence"):
        generation.voice_id = generation.licence.voice_id
        generation.voice_version_id = generation.licence.voice_version_id
        generation.save(update_fields=["voice", "voice_version"])


class Migration(migrations.Migration):
    dependencies = [("licensing", "0005_plans_and_credit")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
