from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('creators', '0002_data_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='creator',
            name='name_key',
            field=models.CharField(blank=True, db_index=True, default='', editable=False, help_text='What that name has in common with those that pass for it.', max_length=120),
            preserve_default=False,
        ),
    ]
