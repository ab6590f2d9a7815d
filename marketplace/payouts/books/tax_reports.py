"""What the tax offices ask for: VAT by the buyer's country, and what each creator earned.

The first is for the One-Stop-Shop return of a quarter (Directive 2006/112/EC, art. 369g), the second
for DAC7 (Directive 2011/16/EU, annex V) and form 1099-K.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from django.conf import settings
from stdnum.eu import vat as eu_vat

from marketplace.billing.models import Invoice
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.listings import rates
from marketplace.money import Money
from marketplace.payouts.creators import seller_details
from marketplace.payouts.creators.earnings import proportion
from marketplace.payouts.models import Dispute, Earning
from marketplace.payouts.queries import month_bounds
from marketplace.payouts.returning.dispute_documents import WON
from marketplace.spreadsheets import safe_cell

OSS_HEAD = (
    "quarter", "country", "percent", "currency", "net", "vat", "documents", "net_eur", "vat_eur", "rate",
    "corrects_quarter",
)  # fmt: skip
CREATOR_HEAD = (
    "year", "quarter", "creator", "kind", "name", "address", "country", "tax_number", "vat_number",
    "born_on", "registration", "currency", "consideration", "fees", "sales", "complete",
    "transactions", "gross_month_1", "gross_month_2", "gross_month_3",
)  # fmt: skip


EURO = "EUR"


class _Out(Protocol):
    def write(self, text: str, /) -> object: ...


def quarter_bounds(year: int, quarter: int) -> tuple[datetime, datetime]:
    """The bounds of a quarter in UTC: its first instant and the next one's."""
    return month_bounds(year, 3 * quarter - 2)[0], month_bounds(year, 3 * quarter)[1]


def parse_quarter(written: str) -> tuple[int, int] | None:
    """A year and a quarter, as 2026-4; None if it is not written so.

    >>> parse_quarter("2026-4"), parse_quarter("2026-Q4")
    ((2026, 4), None)
    """
    match = re.fullmatch(r"(2\d{3})-([1-4])", written)
    return (int(match[1]), int(match[2])) if match else None


@dataclass
class VatRow:
    """What was sold into a country at a rate, less what was taken back of it, minor units.

    corrects: the year and quarter of which it corrects the return; None: it was supplied in this one.
    rate: by which its sums are converted; None while the bank has not published it.
    """

    country: str
    percent: Decimal
    currency: str
    corrects: tuple[int, int] | None
    rate: QuarterRate | None
    net_minor: int = 0
    vat_minor: int = 0
    documents: int = 0

    def add(self, document: Invoice) -> None:
        """Count an invoice, or take a credit note off."""
        sign = -1 if document.kind == Invoice.Kind.CREDIT_NOTE else 1
        self.net_minor += sign * document.net_minor
        self.vat_minor += sign * document.tax_minor
        self.documents += 1

    def in_euros(self, minor: int) -> Money | None:
        """One of its sums in euros, rounded half up; None while the rate is not known."""
        if self.rate is None:
            return None
        return Money.parse(Money(minor, self.currency).amount / self.rate.per_euro, EURO)


@dataclass(frozen=True)
class QuarterRate:
    """What a euro was worth on the last day of a quarter, or on the next day that the bank published.

    dated: None for euros themselves.
    """

    per_euro: Decimal
    dated: date | None

    def __str__(self) -> str:
        return "" if self.dated is None else f"{self.per_euro.normalize():f} on {self.dated}"


def rate_of(currency: str, year: int, quarter: int) -> QuarterRate | None:
    """The rate by which a quarter's return is written (2006/112/EC, art. 369h); None: it is not known.

    The bank may not have published it yet, or it was not loaded.
    """
    if currency == EURO:
        return QuarterRate(Decimal(1), None)
    last = quarter_bounds(year, quarter)[1].date() - timedelta(days=1)
    published = rates.published_from(last)
    if published is None or currency not in published.per_euro:
        return None
    return QuarterRate(published.per_euro[currency], published.dated)


def _quarter_of(at: datetime) -> tuple[int, int]:
    at = at.astimezone(UTC)
    return at.year, (at.month + 2) // 3


def _supplied_in(document: Invoice) -> tuple[int, int]:
    """The quarter of the sale that a document is about, by the invoice that it corrects or brings back."""
    note: Invoice | None = document
    if document.kind == Invoice.Kind.INVOICE:
        reference = document.reference.removeprefix(WON)
        note = Invoice.objects.filter(reference=reference).first()
    first = note.corrects if note is not None else None
    return _quarter_of((first or document).written_at)


def vat_by_country(year: int, quarter: int) -> list[VatRow]:
    """Sales with VAT of other member states than the platform's own, by their documents.

    What corrects the return of an earlier quarter has rows of its own, by that quarter (art. 369g), at
    its rate: a credit note of an invoice of then, and what an appeal brings back of one.
    """
    begins, ends = quarter_bounds(year, quarter)
    found: dict[tuple[tuple[int, int], str, Decimal, str], VatRow] = {}
    written = Invoice.objects.filter(
        kind__in=[Invoice.Kind.INVOICE, Invoice.Kind.CREDIT_NOTE],
        tax_category=Invoice.Category.STANDARD,
        written_at__gte=begins,
        written_at__lt=ends,
    ).exclude(tax_country__in=["", settings.SELLER_COUNTRY])
    for document in written.select_related("corrects").order_by("pk").iterator():
        if document.tax_country.lower() not in eu_vat.MEMBER_STATES:
            continue
        of = _supplied_in(document)
        currency = document.currency
        key = (of, document.tax_country, document.tax_percent, currency)
        if key not in found:
            corrects = None if of == (year, quarter) else of
            found[key] = VatRow(*key[1:], corrects, rate_of(currency, *of))
        found[key].add(document)
    own_first = sorted(found, key=lambda key: (found[key].corrects is not None, key))
    return [found[key] for key in own_first]


def write_vat_by_country(out: _Out, year: int, quarter: int) -> tuple[int, int]:
    """Write the same as CSV, amounts in units of the currency.

    Returns how many rows, and how many of them have no euros, since the rate is not known.
    """
    lines = csv.writer(out)
    lines.writerow(OSS_HEAD)
    found = vat_by_country(year, quarter)
    for row in found:
        euros = [row.in_euros(minor) for minor in (row.net_minor, row.vat_minor)]
        lines.writerow(
            [
                f"{year}-{quarter}", row.country, f"{row.percent.normalize():f}", row.currency,
                Money(row.net_minor, row.currency).amount,
                Money(row.vat_minor, row.currency).amount, row.documents,
                *("" if each is None else each.amount for each in euros),
                "not known" if row.rate is None else str(row.rate),
                "{}-{}".format(*row.corrects) if row.corrects else "",
            ]
        )  # fmt: skip
    return len(found), sum(row.rate is None for row in found)


@dataclass
class CreatorQuarter:
    """What a creator earned in a quarter, minor units: after the platform's fees, and these.

    sales: those of which something was kept. gross_minor: what buyers paid, without tax, before fees,
    refunds and disputes, by the month of the quarter (0 to 2), for all transactions.
    """

    consideration_minor: int = 0
    fees_minor: int = 0
    sales: int = 0
    transactions: int = 0
    gross_minor: list[int] = field(default_factory=lambda: [0, 0, 0])

    def add(self, earning: Earning, kept: int) -> None:
        """Count an earning; kept: of its share, what stands now, minor units."""
        self.consideration_minor += kept
        self.fees_minor += proportion(earning.commission_minor, kept, earning.share_minor)
        self.sales += kept > 0
        self.transactions += 1
        self.gross_minor[(earning.entry.at.astimezone(UTC).month - 1) % 3] += earning.gross_minor


@dataclass
class CreatorYear:
    """A creator's year in one currency, by quarter."""

    creator: Creator
    currency: str
    quarters: dict[int, CreatorQuarter] = field(
        default_factory=lambda: {quarter: CreatorQuarter() for quarter in (1, 2, 3, 4)}
    )


def _given_again() -> dict[int, int]:
    """What disputes that were won gave again of each first earning and stands, by its id; minor units."""
    won = {
        f"dispute-won-{dispute.provider_id}": [
            int(pk) for pk, minor in dispute.reversed_minor.items() if minor
        ]
        for dispute in Dispute.objects.filter(state=Dispute.State.WON)
    }
    of: dict[int, int] = {}  # each restored earning's, in the order in which they were restored
    found: dict[int, int] = {}
    restored = Earning.objects.filter(source=Earning.Source.DISPUTE).select_related("entry")
    for earning in restored.order_by("pk"):
        before = won.get(earning.entry.idempotency_key)
        if before:
            first = before.pop(0)
            of[earning.pk] = of.get(first, first)
            found.setdefault(of[earning.pk], 0)
            found[of[earning.pk]] += earning.share_minor - earning.reversed_minor
    return found


def creators_of(year: int) -> list[CreatorYear]:
    """What every creator earned in a year, by the quarter (UTC) in which it was earned.

    What has been refunded or disputed since is left out of what was kept, as it stands now; what a won
    dispute gave again counts with the sale that it was of. A day of speech by credit with one voice
    counts as one sale.
    """
    begins, ends = quarter_bounds(year, 1)[0], quarter_bounds(year, 4)[1]
    found: dict[tuple[int, str], CreatorYear] = {}
    again = _given_again()
    earned = Earning.objects.filter(entry__at__gte=begins, entry__at__lt=ends)
    earned = earned.exclude(source=Earning.Source.DISPUTE)
    for earning in earned.select_related("creator__user", "entry").order_by("pk").iterator():
        key = (earning.creator_id, earning.currency)
        total = found.setdefault(key, CreatorYear(earning.creator, earning.currency))
        kept = earning.share_minor - earning.reversed_minor + again.get(earning.pk, 0)
        total.quarters[_quarter_of(earning.entry.at)[1]].add(earning, kept)
    return [found[key] for key in sorted(found)]


def _who(creator: Creator) -> Iterator[str]:
    """The cells that say who a creator is."""
    details = seller_details.details_of(creator)
    if details is None:
        yield from ("", creator.legal_name, "", creator.country, "", "", "", "")
        return
    parts = (details.street, details.street_2, details.postal_code, details.city, details.region)
    yield details.kind
    yield str(details)
    yield ", ".join(filter(None, parts))
    yield details.country
    yield details.tax_number
    yield details.vat_number
    yield details.born_on.isoformat() if details.born_on else ""
    yield details.registration


def write_creators(out: _Out, year: int) -> int:
    """Write every creator's totals as CSV, a line per quarter; returns how many creators lack details.

    That a creator's sealed numbers were opened for it is in the audit trail.
    """
    rows = csv.writer(out)
    rows.writerow(CREATOR_HEAD)
    incomplete: set[int] = set()
    opened: set[int] = set()
    for total in creators_of(year):
        creator, currency = total.creator, total.currency
        complete = seller_details.is_complete(seller_details.details_of(creator))
        if not complete:
            incomplete.add(creator.pk)
        who = [safe_cell(cell) for cell in _who(creator)]
        if creator.pk not in opened:
            audit.record(actor=None, action="seller_details.reported", subject=creator, year=year)
            opened.add(creator.pk)
        for quarter, sums in total.quarters.items():
            rows.writerow(
                [
                    year, quarter, f"C-{creator.pk}", *who, currency,
                    Money(sums.consideration_minor, currency).amount,
                    Money(sums.fees_minor, currency).amount, sums.sales,
                    "yes" if complete else "no", sums.transactions,
                    *(Money(gross, currency).amount for gross in sums.gross_minor),
                ]
            )  # fmt: skip
    return len(incomplete)
