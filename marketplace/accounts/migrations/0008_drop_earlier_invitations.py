from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Lower


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep the newest open invitation of each address to a team, and none to somebody who joined."""
    Invitation = apps.get_model("accounts", "Invitation")
    Membership = apps.get_model("accounts", "Membership")
    seen: set[tuple[int, str]] = set(
        Membership.objects.values_list("organization", Lower("user__email"))
    )
    for invitation in Invitation.objects.filter(accepted_at=None).order_by("-id"):
        place = (invitation.organization_id, invitation.email.lower())
        if place in seen:
            invitation.delete()
        seen.add(place)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_language")]

    operations = [migrations.RunPython(drop, migrations.RunPython.noop, elidable=True)]
