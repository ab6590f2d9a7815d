"""Embeddings are kept turned by a secret rotation."""

from typing import Any

import marketplace.voices.embeddings
from django.db import migrations

from marketplace.voices.embeddings import turn_rows, turned, turned_back

TABLES = ("moderation_protectedvoice", "moderation_speakersearch", "moderation_takedown", )


def turn(apps: Any, schema_editor: Any) -> None:
    for table in TABLES:
        turn_rows(schema_editor.connection, table, turned)


def turn_back(apps: Any, schema_editor: Any) -> None:
    for table in TABLES:
        turn_rows(schema_editor.connection, table, turned_back)


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0002_looking_for_ones_own_voice'),
    ]

    operations = [
        migrations.RunPython(turn, turn_back),
        migrations.AlterField(
            model_name='protectedvoice',
            name='embedding',
            field=marketplace.voices.embeddings.TurnedVectorField(dimensions=256),
        ),
        migrations.AlterField(
            model_name='speakersearch',
            name='embedding',
            field=marketplace.voices.embeddings.TurnedVectorField(dimensions=256, null=True),
        ),
        migrations.AlterField(
            model_name='takedown',
            name='embedding',
            field=marketplace.voices.embeddings.TurnedVectorField(dimensions=256, null=True),
        ),
    ]
