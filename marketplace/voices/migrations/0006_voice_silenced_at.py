"""When a voice was silenced for good."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("voices", "0005_chinese_and_japanese"),)
    operations = (
        migrations.AddField(
            model_name="voice",
            name="silenced_at",
            field=models.DateTimeField(
                help_text="Taken down or erased: nobody consents or learns it again.", null=True
            ),
        ),
    )
