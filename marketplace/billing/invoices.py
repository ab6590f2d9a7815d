"""Writing invoices and credit notes, and giving each its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.billing import home_tax, parties, tax
from marketplace.billing.models import Invoice, NumberSeries
from marketplace.billing.parties import Party
from marketplace.compliance import audit
from marketplace.letters import services as letters
from marketplace.letters.kinds import Kind
from marketplace.money import Money
from marketplace.queue import Work, at_commit

AT_ONCE = 200  # documents that get their numbers in one transaction
RESTORED = "payment restored by the bank"  # of what is invoiced once more
_NAMES = {  # in letters; documents keep the site's own language
    Invoice.Kind.INVOICE: gettext_lazy("Invoice"),
    Invoice.Kind.CREDIT_NOTE: gettext_lazy("Credit note"),
    Invoice.Kind.SELF_BILLED: gettext_lazy("Self-billing invoice"),
}
_TAKEN_OVER = (
    "seller", "buyer", "supplied_from", "supplied_until", "currency", "net_minor", "tax_minor",
    "tax_category", "tax_percent", "tax_country", "home_currency", "home_tax_minor", "home_rate",
    "home_rated_on",
)  # fmt: skip


def write_invoice(
    *,
    organization: Organization,
    charge: str,
    description: str,
    net: Money,
    tax_minor: int,
    taxes: Sequence[tax.TaxPart],
    supplied: tuple[date, date],
    billed: Party | None = None,
) -> Invoice:
    """Write the invoice of a payment, in the caller's transaction; a repeat returns the first one.

    supplied: the first and the last day of what was sold; billed: what the provider was told of
    the buyer.
    """
    existing = Invoice.objects.filter(reference=charge).first()
    if existing is not None:
        return existing
    stated, seller = tax.stated(net.minor, tax_minor, taxes), parties.seller()
    invoice = Invoice.objects.create(
        kind=Invoice.Kind.INVOICE,
        organization=organization,
        reference=charge,
        seller=seller.to_json(),
        buyer=_buyer(organization, billed, stated).to_json(),
        description=description[:240],
        supplied_from=supplied[0],
        supplied_until=max(supplied),
        currency=net.currency,
        net_minor=net.minor,
        tax_minor=tax_minor,
        tax_category=stated.category,
        tax_percent=stated.percent,
        tax_country=stated.country,
        **home_tax.fields_for(seller, Money(tax_minor, net.currency)),
    )
    at_commit(Work.NUMBER_INVOICES)
    return invoice


def _buyer(organization: Organization, billed: Party | None, stated: tax.Tax) -> Party:
    """Whom an invoice is made out to, with the proof of their number where no tax is charged for it."""
    found = parties.buyer(organization, billed)
    if stated.category == Invoice.Category.REVERSE_CHARGE:
        return found
    return replace(found, vat_checked="")


def write_credit_note(
    *, charge: str, refund: str, net_minor: int, tax_minor: int
) -> Invoice | None:
    """Take back part of a payment's invoice, in the caller's transaction; a repeat changes nothing.

    None where the payment has no invoice, because it bought nothing.
    """
    existing = Invoice.objects.filter(reference=refund).first()
    invoice = Invoice.objects.filter(reference=charge, kind=Invoice.Kind.INVOICE).first()
    if existing is not None or invoice is None:
        return existing
    note = Invoice.objects.create(
        kind=Invoice.Kind.CREDIT_NOTE,
        corrects=invoice,
        organization_id=invoice.organization_id,
        reference=refund,
        seller=invoice.seller,
        buyer=invoice.buyer,
        description=invoice.description,
        supplied_from=invoice.supplied_from,
        supplied_until=invoice.supplied_until,
        currency=invoice.currency,
        net_minor=net_minor,
        tax_minor=tax_minor,
        tax_category=invoice.tax_category,
        tax_percent=invoice.tax_percent,
        tax_country=invoice.tax_country,
        **home_tax.fields_of_note(invoice, tax_minor),
    )
    at_commit(Work.NUMBER_INVOICES)
    return note


def write_again(note: Invoice, *, reference: str) -> Invoice:
    """Write an invoice of what a credit note had taken back, in the caller's transaction.

    At the rate of the note, whose tax it restores; a repeat returns the first one.
    """
    existing = Invoice.objects.filter(reference=reference).first()
    if existing is not None:
        return existing
    invoice = Invoice.objects.create(
        kind=Invoice.Kind.INVOICE,
        organization_id=note.organization_id,
        reference=reference,
        description=f"{note.description[:200]}, {RESTORED}",
        **{name: getattr(note, name) for name in _TAKEN_OVER},
    )
    at_commit(Work.NUMBER_INVOICES)
    return invoice


def write_self_billed(
    *,
    organization: Organization,
    reference: str,
    seller: Party,
    description: str,
    net: Money,
    tax_minor: int,
    stated: tax.Tax,
    supplied: tuple[date, date],
) -> Invoice:
    """Write what a creator supplied to the platform, in the caller's transaction.

    A repeat returns the first one. organization: the creator's own; supplied: the first and the last
    day of what was paid out.
    """
    existing = Invoice.objects.filter(reference=reference).first()
    if existing is not None:
        return existing
    document = Invoice.objects.create(
        kind=Invoice.Kind.SELF_BILLED,
        organization=organization,
        reference=reference,
        seller=seller.to_json(),
        buyer=parties.seller().to_json(),
        description=description[:240],
        supplied_from=supplied[0],
        supplied_until=supplied[1],
        currency=net.currency,
        net_minor=net.minor,
        tax_minor=tax_minor,
        tax_category=stated.category,
        tax_percent=stated.percent,
        tax_country=stated.country,
        **home_tax.fields_for(seller, Money(tax_minor, net.currency)),
    )
    at_commit(Work.NUMBER_INVOICES)
    return document


def number_documents() -> int:
    """Give numbers to the documents that wait for one, in the order in which they were written.

    Each kind has one series a year without gaps. Returns how many documents got one.
    """
    with transaction.atomic():
        waiting = list(
            Invoice.objects.select_for_update(of=("self",), no_key=True)
            .filter(number=None)
            .select_related("organization")
            .order_by("id")[:AT_ONCE]
        )
        for invoice in waiting:
            invoice.number = _next_number(invoice)
            invoice.save(update_fields=["number"])
            audit.record(
                actor=None, action=f"{invoice.kind}.issued", subject=invoice, number=invoice.number
            )
            _tell(invoice)
    return len(waiting)


def _next_number(invoice: Invoice) -> str:
    prefix, year = Invoice.PREFIXES[Invoice.Kind(invoice.kind)], invoice.written_at.year
    NumberSeries.objects.get_or_create(prefix=prefix, year=year)
    series = NumberSeries.objects.select_for_update(no_key=True).get(prefix=prefix, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{prefix}-{year}-{series.last:06d}"


def _tell(invoice: Invoice) -> None:
    """Send those who may see an organization's payments a letter with the link of a document."""
    page = settings.BASE_URL + reverse("storefront:invoice", args=[invoice.public_id])
    people = User.objects.filter(
        memberships__organization=invoice.organization_id,
        memberships__role__in=roles_with(Right.BUY),
        is_active=True,
    ).order_by("pk")

    def words() -> tuple[str, str]:
        named = f"{_NAMES[Invoice.Kind(invoice.kind)]} {invoice.number}"
        return named, f"{_told(invoice)}\n\n{named}: {page}\n"

    letters.write(to=[person.email for person in people], words=words, kind=Kind.INVOICES)


def _told(invoice: Invoice) -> str:
    """What happened, in the language in force; what was paid for is named as on the document."""
    if invoice.kind == Invoice.Kind.INVOICE and invoice.description.endswith(RESTORED):
        said = gettext("Your bank decided that %(total)s stays paid for: %(what)s.")
    elif invoice.kind == Invoice.Kind.INVOICE:
        said = gettext("Thank you. You paid %(total)s for: %(what)s.")
    elif invoice.kind == Invoice.Kind.SELF_BILLED:
        said = gettext("We paid you %(total)s: %(what)s. We wrote the invoice, as agreed.")
    else:
        said = gettext("%(total)s goes back to you for: %(what)s.")
    return said % {"total": invoice.total, "what": invoice.description}
