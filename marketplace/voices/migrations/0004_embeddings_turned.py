"""Embeddings are kept turned by a secret rotation."""

from typing import Any

import marketplace.voices.embeddings
from django.db import migrations

from marketplace.voices.embeddings import turn_rows, turned, turned_back

TABLES = ("voices_voiceversion", )


def turn(apps: Any, schema_editor: Any) -> None:
    for table in TABLES:
        turn_rows(schema_editor.connection, table, turned)


def turn_back(apps: Any, schema_editor: Any) -> None:
    for table in TABLES:
        turn_rows(schema_editor.connection, table, turned_back)


class Migration(migrations.Migration):

    dependencies = [
        ('voices', '0003_engine_release'),
    ]

    operations = [
        migrations.RunPython(turn, turn_back),
        migrations.AlterField(
            model_name='voiceversion',
            name='embedding',
            field=marketplace.voices.embeddings.TurnedVectorField(dimensions=256),
        ),
    ]
