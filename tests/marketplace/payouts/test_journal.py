"""The journal of a month as CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.billing import invoices
from marketplace.billing.models import Invoice
from marketplace.compliance.models import AuditEvent
from marketplace.payouts.books import adjustments, journal, ledger
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine
from marketplace.payouts.returning import disputes
from marketplace.refusals import BooksDiffer
from marketplace.spreadsheets import safe_cell
from tests import factories
from tests.money import dispute, refund, sell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def _finance() -> User:
    return appoint_finance(user=factories.make_user())


def _journal() -> list[dict[str, str]]:
    out, now = io.StringIO(), timezone.now()
    journal.write_journal(out, now.year, now.month)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def _adjust(reason: str, document: str) -> None:
    adjustment = adjustments.propose(
        currency="USD", dated=timezone.now().date(), reason=reason, document=document,
        postings=[Posting(Kind.OTHER_COSTS, debit_minor=5), Posting(Kind.BANK, credit_minor=5)],
        by=_finance(),
    )  # fmt: skip
    adjustments.decide(adjustment=adjustment, post=True, by=_finance())


def test_every_line_of_the_month_is_a_row_and_both_sides_are_equal() -> None:
    payment = sell(factories.make_creator(), tax=400)
    rows = _journal()
    assert len(rows) == LedgerLine.objects.count() == 6
    sides = [sum(Decimal(row[side] or 0) for row in rows) for side in ("debit", "credit")]
    assert sides == [Decimal("24.87"), Decimal("24.87")]
    [came] = [row for row in rows if row["account"] == "stripe_clearing" and row["debit"]]
    assert (came["debit"], came["credit"], came["currency"]) == ("23.99", "", "USD")
    assert (came["document"], came["reason"]) == (payment.charge, "Licence sold")
    assert came["date"] == f"{timezone.now():%Y-%m-%d}"


def test_a_document_is_our_own_number_where_there_is_one_and_the_provider_has_a_column() -> None:
    payment = sell(factories.make_creator(), tax=400)
    refund(payment, 500)
    payment.refresh_from_db()
    found = dispute(payment)
    for won in (False, True):
        disputes.close_dispute(dispute=found, won=won)
    assert all(row["document"] == row["provider"] for row in _journal())  # none is numbered yet
    invoices.number_documents()
    numbers = {
        document.reference: str(document) for document in Invoice.objects.exclude(number=None)
    }
    charge, made = payment.charge, str(payment.refunds.get().provider_id)
    wanted = {
        ("Licence sold", numbers[charge], charge),
        ("Payment fee", charge, charge),
        ("Refund", numbers[made], made),
        ("Dispute", numbers[found.provider_id], found.provider_id),
        ("Dispute won", numbers[f"won-{found.provider_id}"], found.provider_id),
    }
    assert {(row["reason"], row["document"], row["provider"]) for row in _journal()} == wanted


def test_another_month_has_other_entries() -> None:
    sell(factories.make_creator())
    earlier = timezone.now().replace(day=1) - timedelta(days=1)
    out = io.StringIO()
    assert journal.write_journal(out, earlier.year, earlier.month) == {}
    assert out.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@sum(a1)", " =1+1", "\uff1d1", '=cmd|"/c calc"!a1,=2']
)
def test_nothing_that_people_write_is_run_as_a_formula(text: str) -> None:
    assert safe_cell(text).startswith("'")
    _adjust(reason=text, document=text)
    for row in _journal():
        assert row["document"].startswith("'")
        assert row["reason"].startswith("'")


def test_a_journal_whose_sides_differ_is_refused(capsys: Any) -> None:
    entry = LedgerEntry.objects.create(kind=LedgerEntry.Kind.FEE, idempotency_key="half")
    LedgerLine.objects.create(
        entry=entry, account=ledger.account(Kind.FEES, "USD"), amount_minor=1, currency="USD"
    )
    with pytest.raises(BooksDiffer, match="USD"):
        _journal()
    with pytest.raises(CommandError, match="Don't use"):
        call_command("finance_journal", month=f"{timezone.now():%Y-%m}")
    LedgerLine.objects.create(
        entry=entry, account=ledger.account(Kind.BANK, "USD"), amount_minor=-1, currency="USD"
    )
    assert len(_journal()) == 2


def test_the_command_writes_the_journal_and_says_that_its_sides_are_equal() -> None:
    sell(factories.make_creator())
    out, err = io.StringIO(), io.StringIO()
    call_command("finance_journal", month=f"{timezone.now():%Y-%m}", stdout=out, stderr=err)
    assert list(csv.DictReader(io.StringIO(out.getvalue(), newline=""))) == _journal()
    assert "equal: $20.87 USD" in err.getvalue()
    with pytest.raises(CommandError, match="2026-11"):
        call_command("finance_journal", month="November")


def test_finance_downloads_it_and_the_download_is_recorded(client: Client) -> None:
    sell(factories.make_creator())
    finance, month = _finance(), f"{timezone.now():%Y-%m}"
    client.force_login(finance, backend=BACKEND)
    answer = client.get(reverse("storefront:finance-journal"), {"month": month})
    assert answer["Content-Disposition"] == f'attachment; filename="journal-{month}.csv"'
    assert isinstance(answer, StreamingHttpResponse)
    text = b"".join(list(answer)).decode()
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == _journal()
    event = AuditEvent.objects.get(action="journal.downloaded")
    assert event.actor == finance
    assert event.details == {"month": month, "debits_minor": {"USD": 2087}}
    for month in ("x", "9999-12", "٢٠٢٦-01"):
        answer = client.get(reverse("storefront:finance-journal"), {"month": month})
        assert answer.status_code == 404, month


def test_nobody_else_downloads_it(client: Client) -> None:
    client.force_login(factories.make_moderator(), backend=BACKEND)
    assert client.get(reverse("storefront:finance-journal")).status_code == 403
    assert not AuditEvent.objects.filter(action="journal.downloaded").exists()
