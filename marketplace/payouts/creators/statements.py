"""A creator's monthly statement as CSV and PDF."""

from __future__ import annotations

import csv
import io

from django.utils import timezone

from marketplace import dates
from marketplace.money import Money
from marketplace.payouts.creators import seller_numbers
from marketplace.payouts.queries import Statement, month_bounds
from marketplace.pdf import QUIET, Document
from marketplace.spreadsheets import safe_cell

HEAD = ("date", "what", "detail", "gross_minor", "commission_minor", "amount_minor", "currency")


def as_csv(statement: Statement) -> str:
    """One row per movement between an opening and a closing row; amounts in minor units."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(HEAD)
    start, end = month_bounds(statement.year, statement.month)
    currency = statement.currency
    rows.writerow([f"{start:%Y-%m-%d}", "Opening", "", "", "", statement.opening.minor, currency])
    for line in statement.lines:
        rows.writerow(
            [
                f"{line.at:%Y-%m-%d}",
                line.what,
                safe_cell(line.detail),
                "" if line.gross is None else line.gross.minor,
                "" if line.commission is None else line.commission.minor,
                line.amount.minor,
                currency,
            ]
        )
    rows.writerow([f"{end:%Y-%m-%d}", "Closing", "", "", "", statement.closing.minor, currency])
    return out.getvalue()


def as_pdf(statement: Statement) -> bytes:
    """The statement as a PDF."""
    start, end = month_bounds(statement.year, statement.month)
    creator = statement.creator
    document = Document(f"Statement {start:%B %Y}", end)
    document.paragraph(
        f"{creator.legal_name} ({creator.display_name})", bold=True, size=12, gap=0.5
    )
    document.paragraph(
        f"{creator.country} · all amounts in {statement.currency}", colour=QUIET, gap=4
    )
    facts = [
        ("Owed at the start", str(statement.opening)),
        ("Owed at the end", str(statement.closing)),
    ]
    if number := seller_numbers.of_creator(creator):
        facts.insert(0, ("Your VAT number", number))
    document.facts(facts)

    def format_amount(amount: Money | None) -> str:
        return "" if amount is None else str(amount)

    if statement.lines:
        document.columns(
            ("Date", "What", "Detail", "Price", "Platform", "Yours"),
            [
                (
                    dates.in_brief(line.at), line.what, line.detail, format_amount(line.gross),
                    format_amount(line.commission), str(line.amount),
                )
                for line in statement.lines
            ],
            (11, 18, 35, 12, 12, 12),
        )  # fmt: skip
    else:
        document.paragraph("There were no movements in this month.")
    document.paragraph(
        "The platform keeps the part of the price without tax that is shown for each sale, and "
        "bears the payment fees; the rest is yours. Money is on hold for refunds and disputes "
        f"before it is paid out. Issued on {dates.in_words(timezone.localdate())}.",
        size=8.5,
        colour=QUIET,
    )
    return document.to_bytes()
