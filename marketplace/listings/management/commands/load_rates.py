"""`manage.py load_rates [FILE]`: load the European Central Bank's reference rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.listings import rates
from marketplace.refusals import Refused


class Command(BaseCommand):
    help = "Load reference rates from the bank's XML file, or from the address RATES_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes() if options["file"] else rates.fetch()
            loaded = rates.load(content)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        found = ", ".join(f"{code} {rate}" for code, rate in sorted(loaded.per_euro.items()))
        self.stdout.write(f"Rates of {loaded.dated}: {found}.")
