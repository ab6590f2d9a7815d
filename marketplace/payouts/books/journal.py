"""The journal of a month as CSV: every line of every entry, for the accounts of the company."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import IO, Protocol

from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat

from marketplace.billing.models import Invoice
from marketplace.money import Money
from marketplace.payouts.models import LedgerEntry, LedgerLine
from marketplace.payouts.queries import month_bounds
from marketplace.payouts.returning import dispute_documents
from marketplace.refusals import BooksDiffer
from marketplace.spreadsheets import safe_cell

HEAD = (
    "date", "entry", "account", "debit", "credit", "currency", "document", "reason", "happened", "provider",
)  # fmt: skip
CHUNK = 2_000  # lines that are in memory at a time
_DOCUMENTED = (  # by an invoice or a credit note of ours; a fee of the same charge is not
    LedgerEntry.Kind.SALE,
    LedgerEntry.Kind.CREDIT_BOUGHT,
    LedgerEntry.Kind.PLAN_PAID,
    LedgerEntry.Kind.REFUND,
    LedgerEntry.Kind.DISPUTE,
)
Totals = dict[str, tuple[int, int]]  # currency -> (debits, credits), minor units


class _Out(Protocol):
    def write(self, text: str, /) -> object: ...


def write_journal(out: _Out, year: int, month: int) -> Totals:
    """Write the journal of a month; returns its totals, which are equal in each currency.

    Everything is read with one statement, so that entries that are written meanwhile are in it as
    a whole or not at all. Amounts are in units of the currency with its own decimals.

    Raises:
        BooksDiffer: debits and credits are not equal; what was written must not be used.
    """
    rows = csv.writer(out)
    rows.writerow(HEAD)
    totals: Totals = {}
    for line in _lines(year, month).iterator(chunk_size=CHUNK):
        debits, credits = totals.get(line.currency, (0, 0))
        amount = line.amount_minor
        totals[line.currency] = (debits + max(amount, 0), credits + max(-amount, 0))
        rows.writerow(_row(line))
    unequal = [currency for currency, (debits, credits) in totals.items() if debits != credits]
    if unequal:
        raise BooksDiffer(f"Debits and credits differ in {', '.join(sorted(unequal))}.")
    return totals


def _lines(year: int, month: int) -> QuerySet[LedgerLine]:
    """The lines of a month, each with the number of the document that its entry books, if it has one."""
    start, end = month_bounds(year, month)
    charged, restored = (
        Invoice.objects.filter(reference=reference).values("number")[:1]
        for reference in (
            OuterRef("entry__provider_reference"),
            Concat(Value(dispute_documents.WON), OuterRef("entry__provider_reference")),
        )
    )
    return (
        LedgerLine.objects.filter(entry__at__gte=start, entry__at__lt=end)
        .select_related("account", "entry__adjustment")
        .annotate(
            document=Case(
                When(entry__kind=LedgerEntry.Kind.DISPUTE_WON, then=Subquery(restored)),
                When(entry__kind__in=_DOCUMENTED, then=Subquery(charged)),
            )
        )
        .order_by("entry__at", "entry_id", "pk")
    )


def _row(line: LedgerLine) -> Iterator[str]:
    entry = line.entry
    document, reason = _document_of(line)
    happened = entry.happened_at or entry.at
    yield f"{entry.at:%Y-%m-%d}"
    yield str(entry.pk)
    yield _account_of(line)
    yield _in_units(line.amount_minor, line.currency)
    yield _in_units(-line.amount_minor, line.currency)
    yield line.currency
    yield safe_cell(document)
    yield safe_cell(reason)
    yield f"{happened:%Y-%m-%d}"
    yield safe_cell(entry.provider_reference)


def _account_of(line: LedgerLine) -> str:
    """The account's code, with the number of the creator or buyer whose it is."""
    account = line.account
    owner = account.creator_id or account.organization_id
    return f"{account.kind}:{owner}" if owner else account.kind


def _document_of(line: LedgerLine) -> tuple[str, str]:
    """The number of our document, else what the provider or an adjusting entry refers to; and the reason."""
    entry = line.entry
    adjustment = getattr(entry, "adjustment", None)
    if adjustment is not None:
        return adjustment.document, adjustment.reason
    number: str | None = getattr(line, "document", None)
    return number or entry.provider_reference, str(entry.get_kind_display())


def _in_units(minor: int, currency: str) -> str:
    """A positive amount with the currency's own decimals; "" for none on this side."""
    return str(Money(minor, currency).amount) if minor > 0 else ""


def write_to_file(file: IO[bytes], year: int, month: int) -> Totals:
    """The same, as UTF-8 into a file that stays open.

    Raises:
        BooksDiffer: debits and credits are not equal; what was written must not be used.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    totals = write_journal(text, year, month)
    text.detach()
    return totals
