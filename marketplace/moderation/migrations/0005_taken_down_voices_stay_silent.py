"""Voices that were taken down before this was noted on the voice."""

from django.db import migrations

NOTE = """
UPDATE voices_voice SET silenced_at = takedown.decided_at
FROM moderation_takedown takedown
WHERE takedown.voice_id = voices_voice.id AND takedown.state = 'upheld' AND silenced_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = (
        ("moderation", "0004_takedown_reported_by"),
        ("voices", "0006_voice_silenced_at"),
    )
    operations = (migrations.RunSQL(NOTE, migrations.RunSQL.noop),)
