"""The machine-readable part of a document: EN 16931 as Cross Industry Invoice, in Factur-X 1.0."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration, TradeParty
from drafthorse.models.payment import PaymentMeans
from drafthorse.models.tradelines import LineItem

from marketplace.billing import home_tax
from marketplace.billing.models import Invoice
from marketplace.billing.parties import Party
from marketplace.money import MINOR_DIGITS, Money
from marketplace.visible_text import visible

GUIDELINE = "urn:cen.eu:en16931:2017"
SCHEMA = "FACTUR-X_EN16931"
TYPES = {  # UNCL 1001
    Invoice.Kind.INVOICE: "380",
    Invoice.Kind.CREDIT_NOTE: "381",
    Invoice.Kind.SELF_BILLED: "389",
}
ONLINE_PAYMENT = "68"  # UNCL 4461
ONE = (Decimal(1), "C62")  # a unit of no measure (UN/ECE recommendation 20)
MOST_DIGITS = 2  # after the point of an amount (rules BR-DEC)

_Category = Invoice.Category
REASONS = {  # why no tax is charged: code of CEF's VATEX list, and words
    _Category.REVERSE_CHARGE: ("VATEX-EU-AE", "Reverse charge"),
    _Category.OUTSIDE: ("VATEX-EU-O", "Not subject to VAT"),
    _Category.EXEMPT: ("", "Exempt from VAT"),
}


def is_possible(invoice: Invoice) -> bool:
    """Whether enough is known for a document that follows EN 16931.

    It asks for both countries and, for whatever isn't outside VAT, for the seller's VAT number.
    """
    seller, buyer = Party.from_json(invoice.seller), Party.from_json(invoice.buyer)
    if not seller.country or not buyer.country:
        return False
    if MINOR_DIGITS.get(invoice.currency, 2) > MOST_DIGITS:
        return False
    if invoice.tax_category == _Category.OUTSIDE:
        return bool(seller.registration or seller.identifier)
    if invoice.tax_category == _Category.REVERSE_CHARGE and not buyer.vat_number:
        return False
    return bool(seller.vat_number)


def xml(invoice: Invoice) -> bytes:
    """The document as XML, checked against the schema."""
    document = Document()
    document.context.guideline_parameter.id = GUIDELINE
    document.header.id = invoice.number
    document.header.type_code = TYPES[Invoice.Kind(invoice.kind)]
    document.header.issue_date_time = invoice.written_at.date()
    if rate := home_tax.in_words(invoice):
        document.header.notes.add(_note(f"Tax in {invoice.home_currency}: {rate}"))
    agreement = document.trade.agreement
    with_vat = invoice.tax_category != _Category.OUTSIDE  # rules BR-O-02 to 04
    buyer = Party.from_json(invoice.buyer)
    _fill(agreement.seller, Party.from_json(invoice.seller), with_vat=with_vat)
    _fill(agreement.buyer, buyer, with_vat=with_vat)
    if buyer.reference:
        agreement.buyer_order.issuer_assigned_id = buyer.reference
    document.trade.delivery.event.occurrence = _day(invoice.supplied_until)
    document.trade.items.add(_line(invoice))
    _settle(document, invoice)
    return bytes(document.serialize(schema=SCHEMA))


def _note(words: str) -> IncludedNote:
    note = IncludedNote()
    note.content = words
    return note


def _day(day: object) -> datetime:
    return datetime.combine(day, time(), UTC)  # type: ignore[arg-type]


def _fill(element: TradeParty, party: Party, *, with_vat: bool) -> None:
    element.name = party.name
    if party.identifier:
        element.id = party.identifier
    if party.registration:
        element.legal_organization.id = ("", party.registration)
    address = element.address
    address.postcode, address.line_one = party.postal_code, party.street
    address.line_two, address.city_name = party.street_2, party.city
    address.country_id, address.country_subdivision = party.country, party.region
    if party.vat_number and with_vat:
        element.tax_registrations.add(TaxRegistration(id=("VA", party.vat_number)))
    if party.tax_number:
        element.tax_registrations.add(TaxRegistration(id=("FC", party.tax_number)))


def _line(invoice: Invoice) -> LineItem:
    line = LineItem()
    line.document.line_id = "1"
    line.product.name = visible(invoice.description)
    line.agreement.net.amount = invoice.net.amount
    line.delivery.billed_quantity = ONE
    line.settlement.monetary_summation.total_amount = invoice.net.amount
    trade_tax = line.settlement.trade_tax
    trade_tax.type_code, trade_tax.category_code = "VAT", invoice.tax_category
    if invoice.tax_category != _Category.OUTSIDE:
        trade_tax.rate_applicable_percent = invoice.tax_percent.normalize()
    return line


def _settle(document: Document, invoice: Invoice) -> None:
    settlement, total = document.trade.settlement, invoice.total.amount
    settlement.currency_code = invoice.currency
    means = PaymentMeans()
    means.type_code = ONLINE_PAYMENT
    settlement.payment_means.add(means)
    settlement.period.start = _day(invoice.supplied_from)
    settlement.period.end = _day(invoice.supplied_until)
    settlement.trade_tax.add(_tax(invoice))
    sums, nothing = settlement.monetary_summation, Money(0, invoice.currency).amount
    sums.line_total, sums.tax_basis_total = invoice.net.amount, invoice.net.amount
    sums.charge_total = sums.allowance_total = nothing
    if invoice.home_tax is None:
        sums.tax_total = (invoice.tax.amount, invoice.currency)
    else:  # two of one kind (BT-110 and 111), for which the library has a field of its own
        settlement.tax_currency_code = invoice.home_currency
        for tax in (invoice.tax, invoice.home_tax):
            sums.tax_total_other_currency.add((tax.amount, tax.currency))
    sums.grand_total, sums.prepaid_total, sums.due_amount = total, total, nothing
    if invoice.corrects is not None:
        corrected = settlement.invoice_referenced_document
        corrected.issuer_assigned_id = invoice.corrects.number
        corrected.issue_date_time = _day(invoice.corrects.written_at.date())


def _tax(invoice: Invoice) -> ApplicableTradeTax:
    trade_tax = ApplicableTradeTax()
    trade_tax.calculated_amount = invoice.tax.amount
    trade_tax.basis_amount = invoice.net.amount
    trade_tax.type_code, trade_tax.category_code = "VAT", invoice.tax_category
    if invoice.tax_category != _Category.OUTSIDE:
        trade_tax.rate_applicable_percent = invoice.tax_percent.normalize()
    if invoice.tax_category in REASONS:
        code, words = REASONS[_Category(invoice.tax_category)]
        trade_tax.exemption_reason = words
        if code:
            trade_tax.exemption_reason_code = code
    return trade_tax
