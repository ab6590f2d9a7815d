"""Shares that won disputes gave again belong to their payment, so that refunds find them."""

from django.db import migrations, models


def link(apps, schema_editor):
    Earning, Payment = (apps.get_model("payouts", name) for name in ("Earning", "Payment"))
    restored = Earning.objects.filter(source="dispute", payment=None).select_related("entry")
    for earning in restored:
        earning.payment = Payment.objects.filter(order=earning.entry.order_id, order__isnull=False).first()
        earning.save(update_fields=["payment"])


class Migration(migrations.Migration):
    dependencies = [("payouts", "0013_second_person_and_bank")]
    operations = [
        migrations.AlterField(
            model_name="transfer",
            name="earning",
            field=models.ForeignKey(
                help_text="Which it pays; none for a sum of many small ones.",
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="transfers",
                to="payouts.earning",
            ),
        ),
        migrations.RunPython(link, migrations.RunPython.noop),
    ]
