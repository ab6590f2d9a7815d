"""Self-billing: the platform writes a creator's invoices, once they agreed to it."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from facturx import get_facturx_xml_from_pdf, xml_check_xsd

from marketplace.billing import documents, electronic, invoices
from marketplace.billing.models import Invoice
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent
from marketplace.creators.models import Creator
from marketplace.payouts.creators import self_billing, seller_details
from marketplace.payouts.models import SelfBillingAgreement
from marketplace.payouts.queries import month_bounds
from marketplace.refusals import Refused
from tests import factories
from tests.electronic_invoices import broken_rules
from tests.mailbox import delivered
from tests.money import pay_everything, sell

pytestmark = pytest.mark.django_db
PLATFORM = {
    "SELLER_NAME": "Timbre GmbH", "SELLER_STREET": "Ring 1", "SELLER_POSTAL_CODE": "53111",
    "SELLER_CITY": "Bonn", "SELLER_COUNTRY": "DE", "SELLER_VAT_NUMBER": "DE136695976",
    "SELLER_REGISTRATION": "HRB 1", "SELF_BILLING_VAT_PERCENT": 19.0,
}  # fmt: skip
PERSON = {
    "kind": "person", "name": "Ada Lovelace", "street": "Markt 2", "postal_code": "10115",
    "city": "Berlin", "country": "DE", "tax_number": "12/345/678",
}  # fmt: skip
SELLERS = {  # category of tax: what the creator says of themselves
    "O": {},
    "S": {"vat_number": "DE129273398"},
    "AE": {"country": "IE", "city": "Dublin", "vat_number": "IE6433435F"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _platform(settings: Any) -> None:
    for name, value in PLATFORM.items():
        setattr(settings, name, value)


def _agreed(**more: str) -> Creator:
    creator = factories.make_creator()
    seller_details.save_details(creator=creator, by=creator.user, **{**PERSON, **more})
    self_billing.agree(creator=creator, by=creator.user)
    return creator


def _next_month() -> datetime:
    now = timezone.now()
    return month_bounds(now.year, now.month)[1] + timedelta(hours=5)


def _written(creator: Creator, price: int = 14_000) -> Invoice:
    sell(creator, price=price)
    pay_everything(creator)
    assert self_billing.write_documents(_next_month()) == 1
    invoices.number_documents()
    return Invoice.objects.get(kind="self_billed")


@pytest.mark.parametrize("category", SELLERS)
def test_the_rules_of_en_16931_accept_each_kind(category: str) -> None:
    document = _written(_agreed(**SELLERS[category]))
    assert document.tax_category == category
    written = electronic.xml(document)
    assert b"<ram:TypeCode>389</ram:TypeCode>" in written
    assert xml_check_xsd(written, flavor="factur-x", level="en16931")
    assert broken_rules(written) == []


def test_what_was_paid_out_includes_the_vat_of_a_registered_creator() -> None:
    document = _written(_agreed(**SELLERS["S"]))
    assert document.total.minor == 11_900
    assert (document.net_minor, document.tax_minor) == (10_000, 1_900)
    assert document.tax_percent == Decimal(19)
    assert document.seller["name"] == "Ada Lovelace"
    assert document.buyer["name"] == "Timbre GmbH"


def test_the_pdf_says_who_sells_and_that_they_are_not_registered() -> None:
    document = _written(_agreed())
    pdf = documents.pdf(document)
    name, embedded = get_facturx_xml_from_pdf(pdf, check_xsd=True)
    assert name == "factur-x.xml" and b"Ada Lovelace" in embedded
    shown = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    shown = " ".join(shown.split())
    for part in ("Self-billing", "Tax number 12/345/678", "not registered for VAT", "$119.00"):
        assert part in shown
    assert "12/345/678" not in str(Invoice.objects.values().get(pk=document.pk))


def test_there_is_one_a_month_and_numbers_have_no_gaps() -> None:
    first, second = _agreed(), _agreed()
    for creator in (first, second):
        sell(creator, price=14_000)
        pay_everything(creator)
    assert self_billing.write_documents(_next_month()) == 2
    assert self_billing.write_documents(_next_month()) == 0
    invoices.number_documents()
    year = timezone.now().year
    numbers = Invoice.objects.filter(kind="self_billed").order_by("pk")
    assert [each.number for each in numbers] == [f"SB-{year}-000001", f"SB-{year}-000002"]
    told = [letter.subject for letter in delivered() if letter.to == [first.user.email]]
    assert f"Self-billing invoice SB-{year}-000001" in told


def test_nothing_is_written_before_the_month_is_over_nor_without_an_agreement() -> None:
    creator = _agreed()
    sell(creator, price=14_000)
    pay_everything(creator)
    assert self_billing.write_documents() == 0
    self_billing.end(creator=creator, by=creator.user)
    assert self_billing.write_documents(_next_month()) == 0


def test_what_was_paid_before_the_agreement_is_left_to_the_creator() -> None:
    creator = factories.make_creator()
    sell(creator, price=14_000)
    pay_everything(creator)
    seller_details.save_details(creator=creator, by=creator.user, **PERSON)
    self_billing.agree(creator=creator, by=creator.user)
    assert self_billing.write_documents(_next_month()) == 0


def test_the_agreement_is_kept_with_its_words_and_its_day(client: Client) -> None:
    creator = factories.make_creator()
    with pytest.raises(Refused) as refusal:
        self_billing.agree(creator=creator, by=creator.user)
    assert refusal.value.code == "details_missing"
    seller_details.save_details(creator=creator, by=creator.user, **PERSON)
    client.force_login(creator.user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("storefront:self-billing"))
    agreement = SelfBillingAgreement.objects.get()
    assert agreement.words == self_billing.words()
    assert agreement.agreed_at.date() == timezone.now().date()
    event = AuditEvent.objects.get(action="self_billing.agreed")
    assert event.details == {"words_sha256": audit.digest(agreement.words)}
    client.post(reverse("storefront:self-billing"), {"end": "1"})
    agreement.refresh_from_db()
    assert agreement.ended_at is not None


def test_without_the_rate_no_document_of_a_registered_creator_is_written(settings: Any) -> None:
    settings.SELF_BILLING_VAT_PERCENT = 0.0
    creator = _agreed(**SELLERS["S"])
    sell(creator, price=14_000)
    pay_everything(creator)
    assert self_billing.write_documents(_next_month()) == 0
    settings.SELF_BILLING_VAT_PERCENT = 19.0
    assert self_billing.write_documents(_next_month()) == 1


def test_a_document_stays_and_erasure_may_blank_its_seller_alone() -> None:
    document = _written(_agreed())
    rows = Invoice.objects.filter(pk=document.pk)
    for changes in ({"net_minor": 1}, {"buyer": {"name": "(erased)"}}, {"seller": {"name": "x"}}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**changes)
    assert rows.update(seller={"name": "(erased)"}) == 1


def test_the_creator_opens_it_and_nobody_else(client: Client) -> None:
    creator = _agreed()
    address = reverse("storefront:invoice", args=[_written(creator).public_id])
    client.force_login(creator.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address)["Content-Type"] == "application/pdf"
    page = client.get(reverse("storefront:seller-details")).text
    assert address in page
    client.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).status_code == 404
