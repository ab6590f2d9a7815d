"""`manage.py finance_report --month 2026-11`: the monthly finance report, and its proof."""

from __future__ import annotations

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.money import Money
from marketplace.payouts.books.reports import finance_report


class Command(BaseCommand):
    help = "Print what came in, went out and is owed in a month, and prove that it adds up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, help="As 2026-11, in UTC.")

    def handle(self, *args: Any, **options: Any) -> None:
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", options["month"])
        if match is None:
            raise CommandError("Write the month as 2026-11.")
        reports = finance_report(int(match[1]), int(match[2]))
        if not reports:
            self.stdout.write("Nothing has been posted yet.")
        for report in reports:
            self.stdout.write(f"\n{options['month']}  {report.currency}")
            for name, rows in (("In the month", report.flows), ("At its end", report.balances)):
                self.stdout.write(f"\n  {name}")
                for what, minor in rows.items():
                    self.stdout.write(f"    {what:<48}{Money(minor, report.currency)!s:>16}")
            self.stdout.write("\n  Proof")
            for what, minor in report.proofs.items():
                verdict = "adds up" if not minor else f"OFF BY {Money(minor, report.currency)}"
                self.stdout.write(f"    {what:<64}{verdict}")
        if not all(report.adds_up for report in reports):
            raise CommandError("The books don't add up; see above.")
