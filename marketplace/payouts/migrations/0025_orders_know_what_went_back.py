from django.db import migrations


def _part(whole, part, of):
    """`earnings.proportion`, as it was."""
    return (2 * whole * min(part, of) + of) // (2 * of) if of else 0


def note(apps, schema_editor):
    """Note with each order what went back of its payment, and what is asked back or disputed."""
    Payment = apps.get_model("payouts", "Payment")
    paid = Payment.objects.filter(kind="licence", order__isnull=False)
    touched = paid.filter(refunds__isnull=False) | paid.filter(disputes__isnull=False)
    for payment in touched.distinct().select_related("order").iterator():
        order, whole = payment.order, payment.amount_minor
        due = order.price_minor - order.discount_minor
        asked = sum(each.amount_minor for each in payment.refunds.filter(state__in=["proposed", "requested"]))
        disputed = {"open": 0, "lost": 0, "won": 0}
        for dispute in payment.disputes.all():
            disputed[dispute.state] += dispute.amount_minor
        back = payment.refunded_minor + disputed["lost"]
        order.returned_minor = _part(due, back, whole)
        order.returning_minor = _part(due, back + asked + disputed["open"], whole) - order.returned_minor
        order.save(update_fields=["returned_minor", "returning_minor"])


class Migration(migrations.Migration):

    dependencies = [
        ("payouts", "0024_write_offs"),
        ("licensing", "0030_what_went_back_of_orders"),
    ]

    operations = [migrations.RunPython(note, migrations.RunPython.noop)]
