"""Invoices and credit notes: numbers, tax, documents that other people's rules accept."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.db import IntegrityError, connection, transaction
from facturx import get_facturx_xml_from_pdf, xml_check_xsd

from marketplace.accounts.organizations import personal_organization
from marketplace.billing import details, documents, electronic, invoices, tax
from marketplace.billing.models import BillingDetails, Invoice, NumberSeries
from marketplace.billing.tax import TaxPart
from marketplace.money import Money
from marketplace.payouts.models import Payment
from marketplace.refusals import Refused
from tests import factories
from tests.electronic_invoices import broken_rules
from tests.mailbox import delivered
from tests.money import refund, sell
from tests.sandbox import behave, buy

pytestmark = pytest.mark.django_db
SELLER = {
    "SELLER_NAME": "Timbre Ltd", "SELLER_STREET": "1 High Street", "SELLER_POSTAL_CODE": "D02 XY45",
    "SELLER_CITY": "Dublin", "SELLER_COUNTRY": "IE", "SELLER_VAT_NUMBER": "IE6433435F",
    "SELLER_REGISTRATION": "CRO 1234",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _seller(settings: Any) -> None:
    for name, value in SELLER.items():
        setattr(settings, name, value)


def _company(payment: Payment, **more: str) -> None:
    owner = payment.organization.personal_of
    assert owner is not None
    given = {
        "name": "Acme GmbH", "street": "Hauptstraße 5", "postal_code": "10115", "city": "Berlin",
        "country": "DE", "vat_number": "DE 136 695 976", "reference": "PO-77",
    } | more  # fmt: skip
    details.save_details(organization=payment.organization, by=owner, **given)


def _invoice_of(payment: Payment) -> Invoice:
    invoices.number_documents()
    return Invoice.objects.get(reference=payment.charge)


def test_every_sale_has_an_invoice_and_every_refund_a_credit_note_with_its_part_of_the_tax() -> (
    None
):
    payment = sell(factories.make_creator(), price=2000, tax=400)
    refund(payment, 1200)
    refund(payment, 1200)
    invoices.number_documents()
    invoice, *notes = Invoice.objects.order_by("pk")
    assert (invoice.net_minor, invoice.tax_minor, invoice.tax_percent) == (2000, 400, 20)
    assert [(note.net_minor, note.tax_minor) for note in notes] == [(1000, 200), (1000, 200)]
    assert {note.corrects for note in notes} == {invoice}


def test_numbers_have_no_gaps_and_each_kind_its_own_series() -> None:
    payments = [sell(factories.make_creator()) for _ in range(3)]
    refund(payments[1], 1999)
    assert invoices.number_documents() == 4
    assert invoices.number_documents() == 0
    year = payments[0].paid_at.year
    numbers = list(Invoice.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == [f"INV-{year}-00000{place}" for place in (1, 2, 3)] + [f"CN-{year}-000001"]


def test_a_repeated_payment_or_refund_writes_nothing_again() -> None:
    payment = sell(factories.make_creator())
    again = invoices.write_invoice(
        organization=payment.organization, charge=payment.charge, description="again",
        net=payment.amount, tax_minor=0, taxes=(), supplied=(payment.paid_at.date(),) * 2,
    )  # fmt: skip
    assert again.description != "again"
    for _ in range(2):
        invoices.write_credit_note(charge=payment.charge, refund="re_1", net_minor=5, tax_minor=0)
    assert Invoice.objects.count() == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_invoice SET net_minor = 1",
        "UPDATE billing_invoice SET number = 'INV-2026-999999'",
        'UPDATE billing_invoice SET buyer = \'{"name": "Somebody else"}\'',
        "DELETE FROM billing_invoice",
        "UPDATE billing_numberseries SET last = 7",
        "DELETE FROM billing_numberseries",
    ],
)
def test_the_database_lets_no_document_or_series_be_changed(sql: str) -> None:
    _invoice_of(sell(factories.make_creator()))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_invoice_is_made_out_to_the_billing_details_that_were_given_before_it_was_written() -> (
    None
):
    first = sell(factories.make_creator())
    _company(first)
    again = sell_again(first)
    assert _invoice_of(first).buyer["name"] != "Acme GmbH"
    assert _invoice_of(again).buyer["name"] == "Acme GmbH"
    assert _invoice_of(again).buyer["vat_number"] == "DE136695976"


def sell_again(payment: Payment) -> Payment:
    from tests.money import buy_another

    return buy_another(payment)


def test_those_who_may_buy_get_a_letter_with_the_invoice() -> None:
    payment = sell(factories.make_creator())
    invoice = _invoice_of(payment)
    letter = delivered()[-1]
    assert letter.subject == f"Invoice {invoice.number}"
    assert str(invoice.public_id) in letter.body


@pytest.mark.parametrize(
    ("net", "minor", "parts", "category", "percent"),
    [
        (1999, 400, [TaxPart(400, Decimal("20.0"), "standard_rated", "IE")], "S", "20"),
        (10_000, 825, [TaxPart(625, Decimal("6.25")), TaxPart(200, Decimal("2"))], "S", "8.25"),
        (1999, 400, [], "S", "20"),
        (1999, 380, [TaxPart(380)], "S", "19"),
        (1999, 0, [TaxPart(0, Decimal(0), "reverse_charge", "DE")], "AE", "0"),
        (1999, 0, [TaxPart(0, Decimal(0), "not_collecting")], "O", "0"),
        (1999, 0, [TaxPart(0, Decimal(0), "zero_rated")], "Z", "0"),
        (1999, 0, [TaxPart(0, Decimal(0), "customer_exempt")], "E", "0"),
        (1999, 0, [], "O", "0"),
    ],
)
def test_tax_is_stated_by_category_and_rate(
    net: int, minor: int, parts: list[TaxPart], category: str, percent: str
) -> None:
    stated = tax.stated(net, minor, parts)
    assert (stated.category, stated.percent) == (category, Decimal(percent))


def _of_category(category: str) -> Invoice:
    """An invoice of a German company, written with a tax of this category."""
    reasons = {"AE": "reverse_charge", "Z": "zero_rated", "E": "customer_exempt", "O": ""}
    first = sell(factories.make_creator())
    _company(first)
    taxed = 380 if category == "S" else 0
    part = TaxPart(
        taxed, Decimal(19 if taxed else 0), reasons.get(category, "standard_rated"), "DE"
    )
    invoice = invoices.write_invoice(
        organization=first.organization, charge=f"ch_{category}", description="Licence TL-1, Mara",
        net=first.amount, tax_minor=taxed, taxes=[part], supplied=(first.paid_at.date(),) * 2,
    )  # fmt: skip
    invoices.write_credit_note(
        charge=f"ch_{category}", refund=f"re_{category}", net_minor=1000, tax_minor=taxed and 190
    )
    invoices.number_documents()
    invoice.refresh_from_db()
    return invoice


@pytest.mark.parametrize("category", list(Invoice.Category))
def test_the_rules_of_en_16931_accept_our_invoices_and_credit_notes(category: str) -> None:
    invoice = _of_category(category)
    for document in (invoice, invoice.credit_notes.get()):
        written = electronic.xml(document)
        assert xml_check_xsd(written, flavor="factur-x", level="en16931")
        assert broken_rules(written) == []


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        (b">23.79<", b">23.78<", "BR-CO-15"),
        (b"<ram:CountryID>DE</ram:CountryID>", b"", "BR-11"),
        (b">S<", b">AE<", "BR-AE"),
    ],
)
def test_the_rules_refuse_what_is_wrong(right: bytes, wrong: bytes, rule: str) -> None:
    written = electronic.xml(_of_category("S"))
    assert right in written
    assert any(rule in each for each in broken_rules(written.replace(right, wrong, 1)))


def test_the_pdf_is_archivable_and_holds_the_same_invoice_for_machines() -> None:
    invoice = _of_category("S")
    pdf = documents.pdf(invoice)
    name, embedded = get_facturx_xml_from_pdf(pdf, check_xsd=True)
    assert name == "factur-x.xml"
    assert b"Acme GmbH" in embedded
    assert str(invoice.number).encode() in embedded
    read = pypdf.PdfReader(io.BytesIO(pdf))
    assert "/OutputIntents" in read.trailer["/Root"]
    assert read.xmp_metadata is not None
    shown = "".join(page.extract_text() for page in read.pages)
    for part in ("Acme GmbH", "DE136695976", "IE6433435F", "PO-77", "19 %", "$3.80", "$23.79"):
        assert part in shown


def test_without_a_buyers_country_the_pdf_has_no_part_for_machines() -> None:
    invoice = _invoice_of(sell(factories.make_creator()))
    assert not electronic.is_possible(invoice)
    assert documents.pdf(invoice).startswith(b"%PDF-1.")


def test_what_a_company_typed_at_checkout_is_on_its_invoice(settings: Any) -> None:
    settings.STRIPE_TAX = True
    behave(
        buyer_name="Muster AG", buyer_country="DE", buyer_vat_number="DE136695976",
        taxability="reverse_charge",
    )  # fmt: skip
    licence = buy()
    invoice = _invoice_of(licence.order.payment)
    assert invoice.tax_category == "AE"
    assert invoice.buyer["name"] == "Muster AG"
    assert invoice.buyer["vat_number"] == "DE136695976"
    assert broken_rules(electronic.xml(invoice)) == []


def test_the_rate_at_checkout_is_on_the_invoice(settings: Any) -> None:
    settings.STRIPE_TAX = True
    behave(buyer_name="Ada", buyer_country="FR", tax_percent=20)
    invoice = _invoice_of(buy().order.payment)
    assert (invoice.tax_category, invoice.tax_percent, invoice.tax_country) == ("S", 20, "FR")
    assert (invoice.net_minor, invoice.tax_minor) == (1999, 400)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("DE123", "DE"),
        ("FR12345", "FR"),
        ("GB999", "GB"),
        ("<script>", "US"),
        ("DE136695976", "FR"),
    ],
)
def test_what_can_t_be_a_vat_number_of_the_country_is_refused(number: str, country: str) -> None:
    with pytest.raises(Refused, match="VAT number"):
        details.checked_vat_number(number, country)


@pytest.mark.parametrize(
    ("number", "country", "kept"),
    [
        ("de 136 695 976", "DE", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("EL094259216", "GR", "EL094259216"),
        ("GB 980 7806 84", "GB", "GB980780684"),
        ("", "DE", ""),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577IVA"),
    ],
)
def test_a_vat_number_is_kept_in_its_usual_form(number: str, country: str, kept: str) -> None:
    assert details.checked_vat_number(number, country) == kept


def test_only_those_who_may_buy_change_billing_details() -> None:
    organization = personal_organization(factories.make_user())
    with pytest.raises(Refused, match="not a member"):
        details.save_details(
            organization=organization, by=factories.make_user(), name="Mallory", country="US"
        )


def test_a_series_can_be_walked_without_a_gap_after_a_crash_between_writing_and_numbering() -> None:
    sell(factories.make_creator())
    with pytest.raises(RuntimeError), transaction.atomic():
        invoices.number_documents()
        raise RuntimeError
    assert not NumberSeries.objects.exists()
    invoices.number_documents()
    assert NumberSeries.objects.get().last == 1


NAMES = {
    "Chinese": "深圳市声韵科技有限公司", "Taiwanese": "臺灣聲韻股份有限公司", "Japanese": "株式会社ことのは髙島",
    "Korean": "소리나눔 주식회사", "Ukrainian": "Київські їжаки", "Greek": "Φωνή και λόγος",
    "Vietnamese": "Công ty Tiếng Nói", "Polish": "Łódź Głos",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_an_invoice_shows_the_name_of_its_buyer(name: str) -> None:
    first = sell(factories.make_creator())
    _company(first, name=name)
    invoice = _invoice_of(sell_again(first))
    page = pypdf.PdfReader(io.BytesIO(documents.pdf(invoice))).pages[0]
    shown = "".join(page.extract_text().replace("\0", "").split())  # pypdf's, in two-byte fonts
    assert "".join(name.split()) in shown


def test_an_invoice_that_holds_control_characters_is_shown_to_people_and_machines_without_them() -> (
    None
):
    first = sell(factories.make_creator())
    _company(first)
    BillingDetails.objects.update(name="Acme\x01 GmbH", reference="PO\x02-\uffff77")
    invoice = invoices.write_invoice(
        organization=first.organization,
        charge="ch_old",
        description="Licence of Ann\x01e",
        net=Money(100, "USD"),
        tax_minor=0,
        taxes=(),
        supplied=(first.paid_at.date(), first.paid_at.date()),
    )
    invoices.number_documents()
    invoice.refresh_from_db()
    rendered = documents.pdf(invoice)
    _, embedded = get_facturx_xml_from_pdf(rendered, check_xsd=True)
    for part in (b">Acme GmbH<", b">PO-77<", b"Anne"):
        assert part in embedded
    assert "Acme GmbH" in pypdf.PdfReader(io.BytesIO(rendered)).pages[0].extract_text()


def test_a_name_that_an_invoice_cannot_show_is_refused_with_its_letters() -> None:
    payment = sell(factories.make_creator())
    with pytest.raises(Refused, match="can't show") as refused:
        _company(payment, name="ध्वनि Ltd")
    assert refused.value.code == "letters"
    assert "ध" in str(refused.value)
