"""`manage.py finance_creator_totals --year 2026`: what each creator earned, for DAC7 and form 1099-K."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.payouts.books import tax_reports


class Command(BaseCommand):
    help = "Write, as CSV, what every creator earned in each quarter of a year, and who they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", required=True, type=int, help="As 2026, in UTC.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 2020 <= options["year"] <= 9998:
            raise CommandError("Write the year as 2026.")
        missing = tax_reports.write_creators(self.stdout, options["year"])
        if missing:
            self.stderr.write(f"{missing} creator(s) have not given everything that is asked for.")
