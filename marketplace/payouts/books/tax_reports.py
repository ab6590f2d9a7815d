"""What the tax offices ask for: VAT by the buyer's country, and what each creator earned.

The first is for the One-Stop-Shop return of a quarter (Directive 2006/112/EC, art. 369g), the second
for DAC7 (Directive 2011/16/EU, annex V) and form 1099-K.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.conf import settings
from stdnum.eu import vat as eu_vat

from marketplace.billing import home_tax
from marketplace.billing.models import Invoice
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts.creators import seller_details
from marketplace.payouts.creators.earnings import proportion
from marketplace.payouts.models import Earning
from marketplace.payouts.queries import month_bounds
from marketplace.spreadsheets import safe_cell

OSS_HEAD = (
    "quarter", "country", "percent", "currency", "net", "vat", "documents", "net_eur", "vat_eur", "rates",
    "unrated",
)  # fmt: skip
CREATOR_HEAD = (
    "year", "quarter", "creator", "kind", "name", "address", "country", "tax_number", "vat_number",
    "born_on", "registration", "currency", "consideration", "fees", "sales", "complete",
)  # fmt: skip


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
    """What was sold into a country at a rate, less what was taken back, minor units.

    The same in euros, with the rates and days that the documents state; unrated: those that state none,
    which are not in the euros.
    """

    country: str
    percent: Decimal
    currency: str
    net_minor: int = 0
    vat_minor: int = 0
    documents: int = 0
    euro_net_minor: int = 0
    euro_vat_minor: int = 0
    rates: set[str] = field(default_factory=set)
    unrated: int = 0

    def add(self, document: Invoice) -> None:
        """Count an invoice, or take a credit note off."""
        sign = -1 if document.kind == Invoice.Kind.CREDIT_NOTE else 1
        self.net_minor += sign * document.net_minor
        self.vat_minor += sign * document.tax_minor
        self.documents += 1
        in_euros = home_tax.in_euros(document)
        if in_euros is None:
            self.unrated += 1
            return
        net, vat = in_euros
        self.euro_net_minor += sign * net.minor
        self.euro_vat_minor += sign * vat.minor
        self.rates.add(home_tax.in_words(document))


def vat_by_country(year: int, quarter: int) -> list[VatRow]:
    """Sales with VAT of other member states than the platform's own, by their documents.

    A credit note counts in the quarter in which it was written, against the country and the rate
    of its invoice.
    """
    begins, ends = quarter_bounds(year, quarter)
    rows: dict[tuple[str, Decimal, str], VatRow] = {}
    written = Invoice.objects.filter(
        kind__in=[Invoice.Kind.INVOICE, Invoice.Kind.CREDIT_NOTE],
        tax_category=Invoice.Category.STANDARD,
        written_at__gte=begins,
        written_at__lt=ends,
    ).exclude(tax_country__in=["", settings.SELLER_COUNTRY])
    for document in written.order_by("pk").iterator():
        if document.tax_country.lower() not in eu_vat.MEMBER_STATES:
            continue
        key = (document.tax_country, document.tax_percent, document.currency)
        rows.setdefault(key, VatRow(*key)).add(document)
    return [rows[key] for key in sorted(rows)]


def write_vat_by_country(out: _Out, year: int, quarter: int) -> int:
    """Write the same as CSV, amounts in units of the currency; returns how many rows."""
    rows = csv.writer(out)
    rows.writerow(OSS_HEAD)
    found = vat_by_country(year, quarter)
    for row in found:
        rows.writerow(
            [
                f"{year}-{quarter}", row.country, f"{row.percent.normalize():f}", row.currency,
                Money(row.net_minor, row.currency).amount,
                Money(row.vat_minor, row.currency).amount, row.documents,
                Money(row.euro_net_minor, "EUR").amount, Money(row.euro_vat_minor, "EUR").amount,
                "; ".join(sorted(filter(None, row.rates))), row.unrated,
            ]
        )  # fmt: skip
    return len(found)


@dataclass
class CreatorQuarter:
    """What a creator earned in a quarter, minor units: after the platform's fees, and these."""

    consideration_minor: int = 0
    fees_minor: int = 0
    sales: int = 0


@dataclass
class CreatorYear:
    """A creator's year in one currency, by quarter."""

    creator: Creator
    currency: str
    quarters: dict[int, CreatorQuarter] = field(
        default_factory=lambda: {quarter: CreatorQuarter() for quarter in (1, 2, 3, 4)}
    )


def creators_of(year: int) -> list[CreatorYear]:
    """What every creator earned in a year, by the quarter (UTC) in which it was earned.

    What has been refunded or disputed since is left out, as it stands now. A day of speech by
    credit with one voice counts as one sale.
    """
    begins, ends = quarter_bounds(year, 1)[0], quarter_bounds(year, 4)[1]
    found: dict[tuple[int, str], CreatorYear] = {}
    earned = Earning.objects.filter(entry__at__gte=begins, entry__at__lt=ends)
    for earning in earned.select_related("creator__user", "entry").order_by("pk").iterator():
        key = (earning.creator_id, earning.currency)
        total = found.setdefault(key, CreatorYear(earning.creator, earning.currency))
        quarter = total.quarters[(earning.entry.at.month + 2) // 3]
        kept = earning.share_minor - earning.reversed_minor
        quarter.consideration_minor += kept
        quarter.fees_minor += proportion(earning.commission_minor, kept, earning.share_minor)
        if kept and earning.source != Earning.Source.DISPUTE:
            quarter.sales += 1
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
                    "yes" if complete else "no",
                ]
            )  # fmt: skip
    return len(incomplete)
