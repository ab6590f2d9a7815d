"""Everything bought so far belongs to its buyer's own organization."""

import hashlib
import json

from django.db import migrations


def _digest(terms):
    canonical = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def fill(apps, schema_editor):
    Organization = apps.get_model("accounts", "Organization")
    Membership = apps.get_model("accounts", "Membership")
    Order, Licence, ApiKey = (
        apps.get_model("licensing", name) for name in ("Order", "Licence", "ApiKey")
    )

    def own(user):
        organization, created = Organization.objects.get_or_create(
            personal_of=user, defaults={"name": user.email[:80]}
        )
        if created:
            Membership.objects.create(organization=organization, user=user, role="owner")
        return organization

    for order in Order.objects.filter(organization=None).select_related("buyer"):
        order.organization = own(order.buyer)
        order.save(update_fields=["organization"])
    for licence in Licence.objects.filter(organization=None).select_related("buyer"):
        licence.organization = own(licence.buyer)
        licence.terms_sha256 = _digest(licence.terms)
        licence.save(update_fields=["organization", "terms_sha256"])
    for key in ApiKey.objects.filter(organization=None).select_related("licence", "owner"):
        key.organization = own(key.owner)
        key.scopes = ["speak", "read"]
        key.use = key.licence.terms["uses"][0] if key.licence.terms.get("uses") else ""
        key.save(update_fields=["organization", "scopes", "use"])
        key.licences.add(key.licence)


class Migration(migrations.Migration):
    dependencies = [("licensing", "0002_owned_by_organizations")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
