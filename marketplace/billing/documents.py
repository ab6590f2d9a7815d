"""Invoices and credit notes as PDF: for people, and with their machine-readable part for machines."""

from __future__ import annotations

from drafthorse.pdf import attach_xml

from marketplace import dates
from marketplace.billing import electronic, home_tax
from marketplace.billing.models import Invoice
from marketplace.billing.parties import Party
from marketplace.countries import countries
from marketplace.pdf import QUIET, Document

_Category = Invoice.Category
NOTES = {
    _Category.REVERSE_CHARGE: "Reverse charge: the customer owes the VAT.",
    _Category.OUTSIDE: "Not subject to VAT.",
    _Category.EXEMPT: "Exempt from VAT.",
    _Category.ZERO: "Zero rated.",
}
NOT_REGISTERED = "The seller is not registered for VAT: none is charged."


def pdf(invoice: Invoice) -> bytes:
    """A document as PDF/A-3, with an EN 16931 invoice in it (Factur-X) where enough is known for one."""
    document = Document(
        f"{invoice.get_kind_display()} {invoice.number}", invoice.written_at, archived=True
    )
    document.paragraph(f"Issued on {dates.in_words(invoice.written_at)}", colour=QUIET, gap=4)
    document.side_by_side(
        ("From", _lines(Party.from_json(invoice.seller), invoice.kind)),
        ("To", _lines(Party.from_json(invoice.buyer), invoice.kind)),
    )
    document.facts(_facts(invoice))
    document.paragraph(_paid(invoice), size=9.5, colour=QUIET)
    rendered = document.to_bytes()
    if not electronic.is_possible(invoice):
        return rendered
    return bytes(attach_xml(rendered, electronic.xml(invoice), level="EN 16931", lang="en"))


def _lines(party: Party, kind: str) -> list[str]:
    lines = [party.name, *party.address()]
    if party.country:
        lines[-1] = countries().get(party.country, party.country)
    if party.vat_number:
        lines.append(f"VAT number {party.vat_number}")
    if party.vat_checked and kind == Invoice.Kind.SELF_BILLED:
        lines.append(f"({party.vat_checked})")
    if party.tax_number:
        lines.append(f"Tax number {party.tax_number}")
    if party.registration:
        lines.append(f"Registered as {party.registration}")
    return lines


def _facts(invoice: Invoice) -> list[tuple[str, str]]:
    percent = f"{invoice.tax_percent.normalize():f} %"
    facts = [("For", invoice.description)]
    if invoice.corrects is not None:
        facts.append(("Takes back part of", f"invoice {invoice.corrects.number}"))
    if invoice.supplied_from == invoice.supplied_until:
        facts.append(("Supplied on", dates.in_words(invoice.supplied_from)))
    else:
        until = dates.in_words(invoice.supplied_until)
        facts.append(("Supplied", f"{dates.in_words(invoice.supplied_from)} to {until}"))
    reference = Party.from_json(invoice.buyer).reference
    if reference:
        facts.append(("Your reference", reference))
    facts.append(("Price without tax", str(invoice.net)))
    if invoice.tax_category == _Category.STANDARD:
        where = f", {countries().get(invoice.tax_country, '')}" if invoice.tax_country else ""
        facts.append((f"Tax {percent}{where}".rstrip(", "), str(invoice.tax)))
        if invoice.home_tax is not None:
            stated = f"{invoice.home_tax} ({home_tax.in_words(invoice)})"
            facts.append((f"Tax in {invoice.home_currency}", stated))
    else:
        facts.append(("Tax", _untaxed(invoice)))
    facts.append(("Total", str(invoice.total)))
    return facts


def _untaxed(invoice: Invoice) -> str:
    category = _Category(invoice.tax_category)
    seller = Party.from_json(invoice.seller)
    if invoice.kind == Invoice.Kind.SELF_BILLED and category == _Category.OUTSIDE:
        return NOTES[category] if seller.vat_number else NOT_REGISTERED
    return NOTES[category]


def _paid(invoice: Invoice) -> str:
    if invoice.kind == Invoice.Kind.SELF_BILLED:
        return (
            "Self-billing: the buyer writes this invoice, as was agreed. It was paid out; nothing is "
            f"due. Reference: {invoice.reference}."
        )
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        return f"Refunded the way it was paid. Reference: {invoice.reference}."
    return f"Paid in full; nothing is due. Reference: {invoice.reference}."
