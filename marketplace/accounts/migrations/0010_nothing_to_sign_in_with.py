"""Nobody signs in with what the database holds: sessions that lay there by their keys end, secrets are sealed."""

from django.db import migrations

from marketplace.accounts.second_factors import SecondFactors


def end_sessions(apps, schema_editor):
    apps.get_model("accounts", "BrowserSession").objects.all().delete()
    apps.get_model("sessions", "Session").objects.all().delete()


def seal(apps, schema_editor):
    encrypt = SecondFactors().encrypt
    for row in apps.get_model("mfa", "Authenticator").objects.exclude(type="webauthn").iterator():
        row.data = {
            **row.data,
            **{name: encrypt(row.data[name]) for name in ("secret", "seed") if name in row.data},
        }
        if "migrated_codes" in row.data:
            row.data["migrated_codes"] = [encrypt(code) for code in row.data["migrated_codes"]]
        row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_one_open_invitation"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
    ]
    operations = [
        migrations.RunPython(end_sessions, migrations.RunPython.noop),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
