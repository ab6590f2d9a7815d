"""`manage.py finance_journal --month 2026-11 > journal.csv`: the entries of a month."""

from __future__ import annotations

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.money import Money
from marketplace.payouts.books.journal import write_journal
from marketplace.refusals import BooksDiffer


class _Unended:
    """The command's output, which would end each piece with a line of its own."""

    def __init__(self, command: BaseCommand) -> None:
        self._out = command.stdout

    def write(self, text: str, /) -> None:
        self._out.write(text, ending="")


class Command(BaseCommand):
    help = "Write every line of a month's entries as CSV, and prove that debits equal credits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, help="As 2026-11, in UTC.")

    def handle(self, *args: Any, **options: Any) -> None:
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", options["month"])
        if match is None:
            raise CommandError("Write the month as 2026-11.")
        try:
            totals = write_journal(_Unended(self), int(match[1]), int(match[2]))
        except BooksDiffer as problem:
            raise CommandError(f"{problem} Don't use this journal.") from problem
        for currency, (debits, _) in sorted(totals.items()):
            self.stderr.write(f"Debits and credits are equal: {Money(debits, currency)} {currency}")
