"""`manage.py bench_policy`: what the text policy catches in labelled lines, and its false alarms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.policy import labelled
from marketplace.policy.services import classifier
from synthesis.benchmarks import report


class Command(BaseCommand):
    help = "Judge labelled lines by the text policy, print the table and the misjudged lines."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lines", type=Path, required=True, help="label, language, text; tabs")
        parser.add_argument("--report", type=Path, help="A report to write the table into.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lines = labelled.read(options["lines"])
        except (OSError, ValueError) as problem:
            raise CommandError(str(problem)) from problem
        rows = labelled.judge(classifier(), lines)
        table = report.table(
            ("category", "lines", "languages", "recall", "false alarms"),
            [
                (
                    row.label,
                    len(row.lines),
                    len({line.language for line in row.lines}),
                    "" if row.label == labelled.HARMLESS else f"{1 - row.error:.1%}",
                    f"{row.error:.1%}" if row.label == labelled.HARMLESS else "",
                )
                for row in rows
            ],
        )
        self.stdout.write(table)
        for row in rows:
            for line in row.wrong:
                self.stdout.write(f"wrong: {line.label} {line.language} {line.text}")
        if options["report"]:
            report.replace(options["report"], "policy", table)
