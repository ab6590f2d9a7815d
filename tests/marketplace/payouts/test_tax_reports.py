"""What the tax offices ask for: VAT by the buyer's country, and what each creator earned."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import dates
from marketplace.accounts.organizations import personal_organization
from marketplace.billing import home_tax, invoices
from marketplace.billing.models import Invoice
from marketplace.billing.tax import TaxPart
from marketplace.creators.models import Creator
from marketplace.listings.models import ExchangeRate
from marketplace.money import Money
from marketplace.payouts.books import ledger, tax_reports
from marketplace.payouts.creators import earnings, holds, seller_details, transfers
from marketplace.payouts.incoming import sales
from marketplace.payouts.models import LedgerAccount, Payment
from marketplace.payouts.returning import disputes
from marketplace.payouts.story import documents_of, search_payments
from tests import factories
from tests.mailbox import delivered
from tests.money import charge, dispute, refund, sell

pytestmark = pytest.mark.django_db
PERSON: dict[str, Any] = {
    "kind": "person", "name": "Ada Lovelace", "street": "1 Main St", "city": "London",
    "country": "GB", "tax_number": "12 345", "born_on": date(1990, 12, 10),
}  # fmt: skip


def _quarter() -> str:
    now = timezone.now()
    return f"{now.year}-{(now.month + 2) // 3}"


def _rows(command: str, **options: Any) -> list[dict[str, str]]:
    out = io.StringIO()
    call_command(command, stdout=out, stderr=io.StringIO(), **options)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def _invoice(number: int, country: str, percent: int, net: int, currency: str = "EUR") -> None:
    part = TaxPart(net * percent // 100, Decimal(percent), country=country)
    today = timezone.localdate()
    invoices.write_invoice(
        organization=personal_organization(factories.make_user()), charge=f"ch_oss_{number}",
        description="A licence", net=Money(net, currency), tax_minor=part.amount_minor, taxes=(part,),
        supplied=(today, today),
    )  # fmt: skip


def test_vat_is_summed_by_country_and_rate_less_what_was_taken_back(settings: Any) -> None:
    settings.SELLER_COUNTRY = "IE"
    _invoice(1, "DE", 19, 10_000)
    _invoice(2, "DE", 19, 5_000)
    _invoice(3, "FR", 20, 1_000)
    _invoice(4, "IE", 23, 1_000)  # at home: in the ordinary return
    _invoice(5, "GB", 20, 1_000)  # not a member state
    invoices.write_credit_note(charge="ch_oss_2", refund="re_1", net_minor=5_000, tax_minor=950)
    rows = _rows("finance_oss", quarter=_quarter())
    assert [tuple(row.values())[1:7] for row in rows] == [
        ("DE", "19", "EUR", "100.00", "19.00", "3"),
        ("FR", "20", "EUR", "10.00", "2.00", "1"),
    ]


def test_what_was_sold_in_another_currency_is_also_stated_in_euros_with_rate_and_day(
    settings: Any,
) -> None:
    settings.SELLER_COUNTRY = "IE"
    today = timezone.localdate()
    ExchangeRate.objects.create(dated=today, currency="USD", per_euro=Decimal("1.25"))
    _invoice(1, "DE", 19, 10_000)
    _invoice(2, "DE", 19, 10_000, "USD")
    ExchangeRate.objects.update(per_euro=Decimal("2.5"))
    _invoice(3, "DE", 19, 10_000, "USD")
    invoices.write_credit_note(charge="ch_oss_3", refund="re_3", net_minor=5_000, tax_minor=950)
    ExchangeRate.objects.all().delete()
    rows = _rows("finance_oss", quarter=_quarter())
    stated = [(row["currency"], row["net_eur"], row["vat_eur"], row["unrated"]) for row in rows]
    assert stated == [("EUR", "100.00", "19.00", "0"), ("USD", "100.00", "19.00", "0")]
    assert rows[0]["rates"] == ""
    day = dates.in_words(today)
    assert rows[1]["rates"] == "; ".join(
        f"1 EUR = {rate} USD, European Central Bank, {day}" for rate in ("1.25", "2.5")
    )


def test_documents_without_a_rate_are_counted_and_are_in_no_euros(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SELLER_COUNTRY = "IE"
    monkeypatch.setattr(home_tax, "_rate_of_today", lambda home, currency: None)
    _invoice(1, "DE", 19, 10_000, "USD")
    [row] = _rows("finance_oss", quarter=_quarter())
    assert (row["net"], row["net_eur"], row["vat_eur"], row["unrated"]) == (
        "100.00", "0.00", "0.00", "1",
    )  # fmt: skip


def test_another_quarter_has_none_of_it_and_must_be_written_as_one() -> None:
    _invoice(1, "DE", 19, 10_000)
    assert _rows("finance_oss", quarter="2021-1") == []
    for written in ("2026", "2026-5", "2026-Q1"):
        with pytest.raises(CommandError, match="2026-4"):
            call_command("finance_oss", quarter=written)


def test_creators_are_reported_with_what_they_kept_and_what_it_cost_them() -> None:
    creator = factories.make_creator()
    seller_details.save_details(creator=creator, by=creator.user, **PERSON)
    sell(creator, price=10_000)
    given_back = sell(creator, price=2_000)
    refund(given_back, 2_000)
    rows = _rows("finance_creator_totals", year=timezone.now().year)
    assert len(rows) == 4
    row = next(row for row in rows if row["quarter"] == _quarter()[-1])
    assert (row["consideration"], row["fees"], row["sales"]) == ("85.00", "15.00", "1")
    assert (row["name"], row["tax_number"], row["born_on"]) == (
        "Ada Lovelace", "12 345", "1990-12-10",
    )  # fmt: skip
    assert (row["address"], row["country"], row["complete"]) == ("1 Main St, London", "GB", "yes")
    others = [each for each in rows if each is not row]
    assert {each["consideration"] for each in others} == {"0.00"}


def test_who_gave_nothing_is_reported_as_incomplete() -> None:
    sell(factories.make_creator("Eve"))
    err = io.StringIO()
    year = timezone.now().year
    call_command("finance_creator_totals", year=year, stdout=io.StringIO(), stderr=err)
    assert "1 creator(s)" in err.getvalue()


def _payable(price: int) -> Creator:
    creator = factories.make_creator()
    sell(creator, price=price)
    earnings.release_due(timezone.now() + timedelta(days=60))
    return creator


def test_the_first_payout_above_the_threshold_waits_for_the_details(settings: Any) -> None:
    settings.TAX_DETAILS_FROM_MINOR = 100_00
    creator = _payable(price=10_000)
    assert len(transfers.claim_transfers(creator=creator, currency="USD")) == 1  # 85.00
    sell(creator, price=5_000)
    earnings.release_due(timezone.now() + timedelta(days=60))
    assert transfers.claim_transfers(creator=creator, currency="USD") == []
    seller_details.save_details(creator=creator, by=creator.user, **{**PERSON, "tax_number": ""})
    assert transfers.claim_transfers(creator=creator, currency="USD") == []
    seller_details.save_details(creator=creator, by=creator.user, **PERSON)
    [transfer] = transfers.claim_transfers(creator=creator, currency="USD")
    assert transfer.amount_minor == 4_250


def test_the_hold_says_so(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TAX_DETAILS_FROM_MINOR = 100
    monkeypatch.setattr(holds, "_missing", lambda creator: "")
    [hold] = holds.holds_of(_payable(price=10_000))
    assert "complete your details as a seller" in hold.why


def _taxed_sale(amount: int = 11_900, tax: int = 1_900) -> Payment:
    """A licence that was sold to Germany."""
    licence = factories.make_licence(factories.make_listing(price=amount - tax))
    paid = replace(
        charge("ch_oss", amount, tax=tax), taxes=(TaxPart(tax, Decimal(19), country="DE"),)
    )
    return sales.record_sale(order=licence.order, licence=licence, charge=paid)


def _tax_in_both() -> tuple[int, int]:
    """What is owed of tax by the books, and by the return of the quarter."""
    now = timezone.now()
    rows = tax_reports.vat_by_country(now.year, (now.month + 2) // 3)
    owed_minor = -ledger.balance(ledger.account(LedgerAccount.Kind.TAX, "USD")).minor
    return owed_minor, sum(row.vat_minor for row in rows)


@pytest.mark.parametrize("refunded", [0, 4_000])
def test_the_return_states_the_tax_of_the_books_when_a_dispute_is_lost_and_when_an_appeal_is_won(
    settings: Any, refunded: int
) -> None:
    settings.SELLER_COUNTRY = "IE"
    payment = _taxed_sale()
    if refunded:
        refund(payment, refunded)
        payment.refresh_from_db()
    before = _tax_in_both()
    assert before[0] == before[1] > 0
    found = dispute(payment, whole=True)
    disputes.close_dispute(dispute=found, won=False)
    assert _tax_in_both() == (0, 0)
    notes = Invoice.objects.get(reference=payment.charge).credit_notes.all()
    assert sum(note.total.minor for note in notes) == payment.amount_minor
    disputes.close_dispute(dispute=found, won=True)
    assert _tax_in_both() == before
    again = Invoice.objects.get(reference=f"won-{found.provider_id}")
    assert (again.kind, again.buyer) == ("invoice", notes[0].buyer)
    another = dispute(payment, whole=True)
    disputes.close_dispute(dispute=another, won=False)
    assert _tax_in_both() == (0, 0)


def test_a_dispute_that_is_won_at_once_changes_no_document(settings: Any) -> None:
    settings.SELLER_COUNTRY = "IE"
    payment = _taxed_sale()
    disputes.close_dispute(dispute=dispute(payment), won=True)
    assert _tax_in_both() == (1_900, 1_900)
    assert Invoice.objects.count() == 1


def test_the_documents_of_a_dispute_are_numbered_and_listed_with_its_payment(
    settings: Any, client: Client
) -> None:
    settings.SELLER_COUNTRY = "IE"
    payment = _taxed_sale()
    assert payment.order is not None
    found = dispute(payment)
    for won in (False, True):
        disputes.close_dispute(dispute=found, won=won)
    assert invoices.number_documents() == 3
    assert [each.kind for each in documents_of(payment)] == ["invoice", "credit_note", "invoice"]
    assert "stays paid" in delivered()[-1].body
    last = str(documents_of(payment).last())
    assert list(search_payments(last)) == [payment]
    client.force_login(payment.order.buyer, backend="django.contrib.auth.backends.ModelBackend")
    assert last in client.get(reverse("storefront:payments")).text
