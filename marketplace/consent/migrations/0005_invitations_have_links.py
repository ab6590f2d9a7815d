"""No invitation was ever made before this, so new columns need no values for old rows."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("consent", "0004_alter_consent_options_consent_compared_and_more"),
    ]

    operations = [
        migrations.AddField(
            model_name="speakerinvitation",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name="speakerinvitation",
            name="token_sha256",
            field=models.CharField(max_length=64, unique=True),
        ),
        migrations.AddField(
            model_name="speakerinvitation",
            name="invited_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
