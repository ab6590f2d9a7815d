"""`manage.py finance_oss --quarter 2026-4`: VAT by the buyer's country, for the One-Stop-Shop return."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.payouts.books import tax_reports


class Command(BaseCommand):
    help = "Write, as CSV, what was sold into each other member state at which rate of VAT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quarter", required=True, help="As 2026-4, in UTC.")

    def handle(self, *args: Any, **options: Any) -> None:
        quarter = tax_reports.parse_quarter(options["quarter"])
        if quarter is None:
            raise CommandError("Write the quarter as 2026-4.")
        count, unrated = tax_reports.write_vat_by_country(self.stdout, *quarter)
        self.stderr.write(f"{count} row(s).")
        if unrated:
            self.stderr.write(
                f"{unrated} of them have no euros: the rate of their quarter's last day is not known yet, or was not "
                "loaded (manage.py load_rates)."
            )
