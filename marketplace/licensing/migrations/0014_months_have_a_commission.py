from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("licensing", "0013_stopped_months_and_reasons")]
    operations = [
        migrations.AddField(
            model_name="planmonth",
            name="commission_bps",
            field=models.PositiveIntegerField(
                default=0, help_text="The platform's part, in basis points, as it was posted."
            ),
        ),
    ]
