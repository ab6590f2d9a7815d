"""What a decided dispute changes of an invoice, so that documents and books state the same tax."""

from __future__ import annotations

from collections.abc import Collection

from marketplace.billing import invoices
from marketplace.billing.models import Invoice
from marketplace.payouts.models import Dispute, Payment

WON = "won-"  # begins the reference of an invoice that an appeal brings back


def take_back(dispute: Dispute) -> Invoice | None:
    """Write the credit note of a lost dispute, in the caller's transaction; a repeat changes nothing.

    A bank may take the whole of a payment of which a refund had given a part back: that part has its
    note already. None where the payment bought nothing.
    """
    charge = dispute.payment.charge
    invoice = Invoice.objects.filter(reference=charge, kind=Invoice.Kind.INVOICE).first()
    if charge is None or invoice is None:
        return None
    restored = Invoice.objects.filter(reference__in=restoring([dispute.payment]))
    noted = sum(each.net_minor for each in invoice.credit_notes.all())
    stands = invoice.net_minor - noted + sum(each.net_minor for each in restored)
    net = min(dispute.amount_minor - dispute.tax_minor, stands)
    if net <= 0 and not dispute.tax_minor:
        return None
    return invoices.write_credit_note(
        charge=charge,
        refund=dispute.provider_id,
        net_minor=max(0, net),
        tax_minor=dispute.tax_minor,
    )


def bring_back(dispute: Dispute) -> Invoice | None:
    """Write the invoice of what an appeal won back, in the caller's transaction; None: there was no note."""
    note = Invoice.objects.filter(reference=dispute.provider_id).first()
    if note is None:
        return None
    return invoices.write_again(note, reference=f"{WON}{dispute.provider_id}")


def restoring(payments: Collection[Payment]) -> dict[str, str]:
    """The references of what appeals may have brought back of payments, each with its charge."""
    disputed = Dispute.objects.filter(payment__in=payments).values_list(
        "provider_id", "payment__charge"
    )
    return {f"{WON}{dispute}": charge for dispute, charge in disputed}
