"""How often a user was signed out everywhere; a stale copy of their row never takes it back."""

from django.db import migrations, models

GUARD = """
CREATE FUNCTION users_stay_signed_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sign_outs := OLD.sign_outs;
    RETURN NEW;
END $$;

CREATE TRIGGER users_stay_signed_out
    BEFORE UPDATE ON accounts_user
    FOR EACH ROW WHEN (NEW.sign_outs < OLD.sign_outs) EXECUTE FUNCTION users_stay_signed_out();
"""

UNGUARD = """
DROP TRIGGER users_stay_signed_out ON accounts_user;
DROP FUNCTION users_stay_signed_out();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_sessions_and_time_zones'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='sign_outs',
            field=models.PositiveIntegerField(default=0, editable=False, help_text='How often they were signed out everywhere: sessions from before are over.'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
