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

from marketplace.accounts.organizations import personal_organization
from marketplace.billing import invoices
from marketplace.billing.models import Invoice
from marketplace.billing.tax import TaxPart
from marketplace.creators.models import Creator
from marketplace.listings import rates
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


def _last_day(year: int, quarter: int) -> date:
    return tax_reports.quarter_bounds(year, quarter)[1].date() - timedelta(days=1)


def _published_from(day: date, per_euro: str) -> date:
    """Have the bank publish a rate of the dollar for a day, or the next on which it publishes any."""
    for later in range(7):
        dated = day + timedelta(days=later)
        ExchangeRate.objects.create(dated=dated, currency="USD", per_euro=Decimal(per_euro))
    found = rates.published_from(day)
    assert found is not None
    return found.dated


def test_the_return_converts_at_the_rate_of_the_last_day_of_its_quarter(settings: Any) -> None:
    settings.SELLER_COUNTRY = "IE"
    ExchangeRate.objects.create(
        dated=timezone.localdate(), currency="USD", per_euro=Decimal("1.25")
    )
    _invoice(1, "DE", 19, 10_000)
    _invoice(2, "DE", 19, 10_000, "USD")
    _invoice(3, "DE", 19, 1_001, "USD")
    year, quarter = map(int, _quarter().split("-"))
    day = _published_from(_last_day(year, quarter), "2.0")
    rows = _rows("finance_oss", quarter=_quarter())
    stated = [(row["currency"], row["net_eur"], row["vat_eur"], row["rate"]) for row in rows]
    assert stated == [("EUR", "100.00", "19.00", ""), ("USD", "55.01", "10.45", f"2 on {day}")]


def test_while_the_rate_of_the_last_day_is_not_known_no_other_is_used_and_the_report_says_so(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SELLER_COUNTRY = "IE"
    year, quarter = map(int, _quarter().split("-"))
    for days in (1, 8):  # before it, and long after it
        day = _last_day(year, quarter) + timedelta(days=-1 if days == 1 else days)
        ExchangeRate.objects.create(dated=day, currency="USD", per_euro=Decimal("1.25"))
    _invoice(1, "DE", 19, 10_000, "USD")
    [row] = _rows("finance_oss", quarter=_quarter())
    assert (row["net"], row["net_eur"], row["vat_eur"], row["rate"]) == (
        "100.00", "", "", "not known",
    )  # fmt: skip
    call_command("finance_oss", quarter=_quarter())
    assert "have no euros" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("last", "published"),
    [
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2028, 12, 31), date(2029, 1, 2)),  # a Sunday, and then New Year's Day
        (date(2029, 3, 31), date(2029, 4, 3)),  # the day before Easter
        (date(2051, 3, 31), date(2051, 4, 4)),  # Good Friday
    ],
)
def test_where_the_bank_publishes_nothing_on_the_last_day_the_next_day_counts(
    last: date, published: date
) -> None:
    for day in (published - timedelta(days=5), published, published + timedelta(days=1)):
        ExchangeRate.objects.create(dated=day, currency="USD", per_euro=Decimal("1.25"))
    found = rates.published_from(last)
    assert found is not None
    assert found.dated == published


def test_a_correction_of_an_earlier_quarter_is_stated_by_that_quarter_and_at_its_rate(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SELLER_COUNTRY = "IE"
    now = timezone.now()
    before = now - timedelta(days=100)
    monkeypatch.setattr(timezone, "now", lambda: before)
    _invoice(1, "DE", 19, 10_000, "USD")
    monkeypatch.undo()
    settings.SELLER_COUNTRY = "IE"
    then, this = (before.year, (before.month + 2) // 3), (now.year, (now.month + 2) // 3)
    _published_from(_last_day(*this), "2.0")
    _published_from(_last_day(*then), "1.25")
    _invoice(2, "DE", 19, 10_000, "USD")
    note = invoices.write_credit_note(
        charge="ch_oss_1", refund="du_1", net_minor=5_000, tax_minor=950
    )
    assert note is not None

    def stated() -> list[tuple[str, str, str]]:
        rows = _rows("finance_oss", quarter=_quarter())
        return [(row["vat"], row["vat_eur"], row["corrects_quarter"]) for row in rows]

    earlier = "{}-{}".format(*then)
    assert stated() == [("19.00", "9.50", ""), ("-9.50", "-7.60", earlier)]
    invoices.write_again(note, reference="won-du_1")  # an appeal brings it back
    assert stated() == [("19.00", "9.50", ""), ("0.00", "0.00", earlier)]


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


def _reported() -> dict[str, str]:
    """What the totals say of the present quarter, of the one creator there is."""
    rows = _rows("finance_creator_totals", year=timezone.now().year)
    return next(row for row in rows if row["quarter"] == _quarter()[-1])


@pytest.mark.parametrize("times", [1, 2])
def test_a_sale_whose_dispute_was_won_is_still_a_sale_with_its_fee(times: int) -> None:
    payment = sell(factories.make_creator(), price=10_000)
    for _ in range(times):
        disputes.close_dispute(dispute=dispute(payment), won=True)
    row = _reported()
    assert (row["consideration"], row["fees"], row["sales"]) == ("85.00", "15.00", "1")
    assert row["transactions"] == "1"


def test_a_sale_that_was_refunded_after_its_dispute_was_won_is_none() -> None:
    payment = sell(factories.make_creator(), price=10_000)
    disputes.close_dispute(dispute=dispute(payment), won=True)
    refund(payment, 10_000)
    row = _reported()
    assert (row["consideration"], row["fees"], row["sales"]) == ("0.00", "0.00", "0")


def test_the_gross_of_a_month_is_that_before_fees_and_refunds() -> None:
    creator = factories.make_creator()
    sell(creator, price=10_000)
    refund(sell(creator, price=2_000), 2_000)
    row, place = _reported(), (timezone.now().month - 1) % 3
    gross = [row[f"gross_month_{number}"] for number in (1, 2, 3)]
    assert gross == ["120.00" if number == place else "0.00" for number in range(3)]
    assert (row["transactions"], row["sales"]) == ("2", "1")


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
