"""What was sold before payments and earnings had rows gets them."""

from datetime import timedelta

from django.db import migrations


def fill(apps, schema_editor):
    Entry, Payment, Earning = (
        apps.get_model("payouts", name) for name in ("LedgerEntry", "Payment", "Earning")
    )
    sales = Entry.objects.filter(kind="sale", earnings=None).select_related("order__licence")
    for entry in sales:
        order = entry.order
        lines = list(entry.lines.select_related("account"))
        payment = Payment.objects.create(
            kind="licence",
            organization_id=order.organization_id,
            order=order,
            payment_intent=order.payment_intent,
            charge=f"unknown-{order.public_id}",
            amount_minor=order.price_minor,
            currency=order.currency,
        )
        for line in lines:
            if line.account.kind == "creator_pending":
                Earning.objects.create(
                    creator_id=line.account.creator_id,
                    payment=payment,
                    entry=entry,
                    source="licence",
                    voice_name=order.terms["voice_name"],
                    description=f"Licence {order.licence.number}",
                    state="held",
                    gross_minor=order.price_minor,
                    share_minor=-line.amount_minor,
                    currency=order.currency,
                    available_at=entry.at + timedelta(days=30),
                )


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0004_balance_guards"),
        ("licensing", "0004_ownership_required"),
    ]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
