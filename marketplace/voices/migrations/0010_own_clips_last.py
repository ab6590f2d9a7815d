from django.db import migrations


class Migration(migrations.Migration):
    """Move creators' own clips behind those from scripts, of which there may now be more than three."""

    dependencies = [
        ('voices', '0009_clips_by_use'),
    ]

    operations = [
        migrations.RunSQL(
            'UPDATE voices_preview SET position = 9 WHERE position = 3',
            'UPDATE voices_preview SET position = 3 WHERE position = 9',
        ),
    ]
