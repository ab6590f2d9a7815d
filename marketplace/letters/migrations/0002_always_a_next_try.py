from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    """0001 was changed for a while after it had landed: databases have the column as either."""

    dependencies = [
        ('letters', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='letter',
            name='next_try_at',
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
    ]
