"""A suspension has as many causes as it has disputes, each by name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("licensing", "0022_changed_licences")]
    operations = [
        migrations.AlterField(
            model_name="licence",
            name="cause",
            field=models.TextField(
                blank=True,
                help_text="Of its suspension, separated by spaces: each is ended by itself.",
            ),
        ),
    ]
