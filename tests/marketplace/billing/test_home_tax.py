"""VAT in the seller's national currency: at the bank's latest rate, on every document that bears any."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from facturx import xml_check_xsd
from lxml import etree

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import appoint_finance
from marketplace.billing import details, documents, electronic, home_tax, invoices
from marketplace.billing.models import Invoice
from marketplace.billing.tax import TaxPart
from marketplace.currencies import national
from marketplace.listings import rates, tasks
from marketplace.listings.models import ExchangeRate
from marketplace.money import Money
from tests import factories
from tests.electronic_invoices import broken_rules

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
RAM = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}


@pytest.fixture(autouse=True)
def _seller(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    released = rates.Rates(date(2020, 1, 2), rates.SOURCE, {"EUR": Decimal(1), "USD": Decimal(3)})
    monkeypatch.setattr(rates, "_released", lambda: released)
    settings.SELLER_NAME, settings.SELLER_STREET = "Timbre Ltd", "1 High Street"
    settings.SELLER_CITY, settings.SELLER_COUNTRY = "Dublin", "IE"
    settings.SELLER_VAT_NUMBER, settings.SELLER_REGISTRATION = "IE6433435F", "CRO 1234"


def _rates(days_ago: int = 0, **per_euro: str) -> date:
    day = TODAY() - timedelta(days=days_ago)
    for currency, rate in (per_euro or {"USD": "1.25", "JPY": "160", "SEK": "11"}).items():
        ExchangeRate.objects.create(currency=currency, per_euro=Decimal(rate), dated=day)
    return day


def _company() -> Organization:
    owner = factories.make_user()
    organization = personal_organization(owner)
    details.save_details(
        organization=organization, by=owner, name="Acme GmbH", street="Weg 5", city="Berlin",
        postal_code="10115", country="DE", vat_number="DE136695976",
    )  # fmt: skip
    return organization


def _invoice(
    tax: int = 380, net: int = 2000, currency: str = "USD", reason: str = "standard_rated"
) -> Invoice:
    invoice = invoices.write_invoice(
        organization=_company(), charge="ch_1", description="Licence TL-1, Mara",
        net=Money(net, currency), tax_minor=tax, supplied=(TODAY(), TODAY()),
        taxes=[TaxPart(tax, Decimal(19 if tax else 0), reason, "DE")],
    )  # fmt: skip
    invoices.number_documents()
    invoice.refresh_from_db()
    return invoice


def _note(net: int, tax: int, name: str = "re_1") -> Invoice:
    note = invoices.write_credit_note(charge="ch_1", refund=name, net_minor=net, tax_minor=tax)
    assert note is not None
    invoices.number_documents()
    note.refresh_from_db()
    return note


def _shown(invoice: Invoice) -> str:
    pages = pypdf.PdfReader(io.BytesIO(documents.pdf(invoice))).pages
    return " ".join("".join(page.extract_text() for page in pages).split())


def _totals(written: bytes) -> dict[str, str]:
    found = etree.fromstring(written).iterfind(".//ram:TaxTotalAmount", RAM)
    return {str(each.get("currencyID")): str(each.text) for each in found}


def test_vat_is_stated_in_the_sellers_currency_with_its_rate_and_day_for_people_and_machines() -> (
    None
):
    day = _rates()
    invoice = _invoice()
    assert invoice.home_tax == Money(304, "EUR")
    words = f"1 EUR = 1.25 USD, European Central Bank, {day.day} {day:%B %Y}"
    assert f"Tax in EUR €3.04 ({words})" in _shown(invoice)
    written = electronic.xml(invoice)
    assert _totals(written) == {"USD": "3.80", "EUR": "3.04"}
    assert etree.fromstring(written).findtext(".//ram:TaxCurrencyCode", None, RAM) == "EUR"
    assert etree.fromstring(written).findtext(".//ram:Content", "", RAM).endswith(words)


def test_the_rules_of_en_16931_accept_vat_in_two_currencies() -> None:
    _rates()
    for document in (_invoice(), _note(1000, 190)):
        assert document.home_tax is not None
        written = electronic.xml(document)
        assert xml_check_xsd(written, flavor="factur-x", level="en16931")
        assert broken_rules(written) == []
        assert any("BR-53" in each for each in broken_rules(written.replace(b'"EUR"', b'"CHF"')))


@pytest.mark.parametrize(
    ("country", "currency", "minor"),
    [("IE", "JPY", 238), ("SE", "USD", 3344), ("SE", "EUR", 4180)],
)
def test_every_pair_of_currencies_is_converted_by_way_of_the_euro(
    settings: Any, country: str, currency: str, minor: int
) -> None:
    _rates()
    settings.SELLER_COUNTRY = country
    invoice = _invoice(currency=currency)
    assert invoice.home_tax == Money(minor, national(country))


@pytest.mark.parametrize(
    ("country", "currency", "tax", "reason"),
    [
        ("IE", "EUR", 380, "standard_rated"),
        ("US", "EUR", 380, "standard_rated"),
        ("GB", "EUR", 380, "standard_rated"),
        ("IE", "USD", 0, "reverse_charge"),
    ],
)
def test_nothing_is_added_where_the_law_asks_for_nothing(
    settings: Any, country: str, currency: str, tax: int, reason: str
) -> None:
    _rates()
    settings.SELLER_COUNTRY = country
    invoice = _invoice(tax=tax, currency=currency, reason=reason)
    assert (invoice.home_currency, invoice.home_tax) == ("", None)
    assert "Tax in" not in _shown(invoice)
    written = electronic.xml(invoice)
    assert len(_totals(written)) == 1
    assert b"TaxCurrencyCode" not in written
    assert not home_tax.missing().exists()


def test_the_latest_rate_before_the_invoice_counts_and_none_of_tomorrow() -> None:
    _rates(days_ago=-1, USD="9")
    day = _rates(days_ago=2, USD="1.25")
    _rates(days_ago=3, USD="7")
    invoice = _invoice()
    assert (invoice.home_rate, invoice.home_rated_on) == (Decimal("1.25"), day)


def test_easter_is_bridged_and_older_rates_are_not_the_latest() -> None:
    good_friday, tuesday = date(2026, 4, 3), date(2026, 4, 7)
    thursday = good_friday - timedelta(days=1)
    ExchangeRate.objects.create(currency="USD", per_euro=Decimal("1.1"), dated=thursday)
    found = rates.published_by(tuesday)
    assert found is not None
    assert found.dated == thursday
    assert rates.published_by(thursday + timedelta(days=7)) is None


@pytest.mark.parametrize("days_ago", [None, 7])
def test_without_a_rate_of_the_day_an_invoice_states_its_own_currency_alone_and_finance_sees_it(
    days_ago: int | None,
) -> None:
    if days_ago is not None:
        _rates(days_ago=days_ago)
    invoice = _invoice()
    note = _note(2000, 380)
    _rates(days_ago=1)  # too late for these two
    for document in (invoice, note):
        document.refresh_from_db()
        assert (document.home_currency, document.home_tax) == ("EUR", None)
        assert "Tax in" not in _shown(document)
        assert _totals(electronic.xml(document)) == {"USD": "3.80"}
        assert broken_rules(electronic.xml(document)) == []
    assert set(home_tax.missing()) == {invoice, note}
    client = Client()
    finance = appoint_finance(user=factories.make_user("finance"))
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    page = " ".join(client.get("/finance").text.split())
    assert "2 invoices of the last 31 days should state VAT" in page
    assert "Nothing waits for anybody" not in page


def test_credit_notes_take_back_the_tax_at_the_rate_of_their_invoice_to_the_cent() -> None:
    _rates(USD="1.2345")
    invoice = _invoice(tax=100, net=1000)
    ExchangeRate.objects.update(per_euro=Decimal(9))
    notes = [_note(250, 25, "re_1"), _note(250, 25, "re_2"), _note(500, 50, "re_3")]
    assert {(note.home_rate, note.home_rated_on) for note in notes} == {
        (invoice.home_rate, invoice.home_rated_on)
    }
    assert sum(note.home_tax_minor or 0 for note in notes) == invoice.home_tax_minor == 81


def test_the_rate_of_a_document_stays_as_it_was_written() -> None:
    _rates()
    invoice = _invoice()
    for change in ({"home_rate": 2}, {"home_tax_minor": 1}, {"home_currency": "SEK"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invoice.objects.filter(pk=invoice.pk).update(**change)


@pytest.mark.parametrize("day", ["", TODAY().isoformat()])
def test_rates_are_loaded_by_themselves_where_a_setting_says_from_where(
    settings: Any, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    settings.RATES_URL = day and "https://rates.example/daily.xml"
    content = (
        f'<Cube time="{day}"><Cube currency="USD" rate="1.25"/><Cube currency="SEK" rate="11"/>'
        '<Cube currency="CHF" rate="0.9"/></Cube>'
    )
    monkeypatch.setattr(rates, "fetch", content.encode)
    tasks.load_rates()
    kept = set(ExchangeRate.objects.values_list("currency", flat=True))
    assert kept == ({"USD", "SEK"} if day else set())
