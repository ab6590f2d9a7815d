import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('webhooks', '0004_fill_owners'),
    ]

    operations = [
        migrations.AlterField(
            model_name='webhookendpoint',
            name='owner',
            field=models.ForeignKey(help_text='Who answers for it: whoever added it, or last made a secret for it.', on_delete=django.db.models.deletion.PROTECT, related_name='webhook_endpoints', to=settings.AUTH_USER_MODEL),
        ),
    ]
