"""Whoever added an endpoint, or last rotated its secret, answers for it; else an owner of its team."""

from django.db import migrations


def fill(apps, schema_editor):
    Membership = apps.get_model("accounts", "Membership")
    AuditEvent = apps.get_model("compliance", "AuditEvent")
    for endpoint in apps.get_model("webhooks", "WebhookEndpoint").objects.filter(owner=None):
        event = (
            AuditEvent.objects.filter(
                subject_type="webhooks.webhookendpoint",
                subject_id=endpoint.pk,
                action__in=("webhook.created", "webhook.rotated"),
            )
            .exclude(actor=None)
            .order_by("-pk")
            .first()
        )
        owners = Membership.objects.filter(organization=endpoint.organization_id, role="owner")
        endpoint.owner_id = event.actor_id if event else owners.earliest("pk").user_id
        endpoint.save(update_fields=["owner"])


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0003_endpoints_have_an_owner"),
        ("accounts", "0002_organizations"),
        ("compliance", "0001_initial"),
    ]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
