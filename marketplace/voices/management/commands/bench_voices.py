"""`manage.py bench_voices`: how similar, clear and fast clones of real speakers are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

COLUMNS = (
    ("speaker", 12),
    ("ge2e", 8),
    ("self_ge2e", 10),
    ("normalized_identity", 20),
    ("second_identity", 16),
    ("accepted", 9),
    ("wer", 8),
    ("enrol_seconds", 14),
    ("rtf", 7),
    ("instant_identity", 17),
    ("instant_second", 15),
    ("instant_wer", 12),
    ("instant_seconds", 16),
)
HEAD = (
    "speaker",
    "GE2E of the clone",
    "of the person",
    "normalized identity",
    "by the second verifier",
    "accepted",
    "word error rate",
    "enrolment (s)",
    "real-time factor",
    "instant voice: identity",
    "second",
    "word error rate",
    "after (s)",
)
SHARES = {"accepted", "wer", "instant_wer"}


class Command(BaseCommand):
    help = (
        "Enrol every speaker folder, speak ten sentences as each, and print and write the figures."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--recordings", type=Path, required=True, help="One folder per speaker."
        )
        parser.add_argument("--json", type=Path, required=True, help="Where to write the figures.")
        parser.add_argument("--report", type=Path, help="A report to write the table into.")
        parser.add_argument(
            "--steps", type=int, default=0, help="Fewer adaptation steps, for a quick try."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from synthesis.benchmarks.voices import (
            STOCK,
            judge_speaker,
            speakers_in,
            stock_error_rate,
            summarize,
        )
        from synthesis.engines.kokoro import engine
        from synthesis.enrolment.adaptation import AdaptationPlan

        speakers = speakers_in(options["recordings"])
        if not speakers:
            raise CommandError(f"{options['recordings']} has no speaker folders with recordings.")
        speaking = engine()
        plan = AdaptationPlan(steps=options["steps"]) if options["steps"] else AdaptationPlan()
        speaking.warm()
        speaking.stock  # noqa: B018 - loaded before the clock starts, as in a worker
        self.stdout.write("".join(f"{name:>{width}}" for name, width in COLUMNS))
        figures: dict[str, dict[str, Any]] = {}
        for name, files in speakers.items():

            def show(stage: str, share: float, name: str = name) -> None:
                if self.stderr.isatty():
                    self.stderr.write(f"\r{name}: {stage} {share:4.0%}   ", ending="")

            figures[name] = judge_speaker(speaking, files, show, plan)
            if self.stderr.isatty():
                self.stderr.write("\r\x1b[K", ending="")
            self._row(name, figures[name])
        mean = summarize(figures)
        self._row("mean", mean)
        stock = stock_error_rate(speaking, STOCK)
        self.stdout.write(f"word error rate of {len(STOCK)} stock styles: {stock:.1%}")
        whole = {"speakers": figures, "mean": mean, "stock_wer": stock}
        options["json"].write_text(json.dumps(whole, indent=2) + "\n")
        if options["report"]:
            self._report(options["report"], {**figures, "**mean**": mean}, stock)

    def _report(self, path: Path, rows: dict[str, dict[str, Any]], stock: float) -> None:
        from synthesis.benchmarks import report

        def cell(column: str, value: Any) -> object:
            return f"{float(value):.1%}" if column in SHARES else value

        table = report.table(
            HEAD,
            [
                (name, *(cell(column, values[column]) for column, _ in COLUMNS[1:]))
                for name, values in rows.items()
            ],
        )
        summary = f"The stock styles read the same sentences with a word error rate of {stock:.1%}."
        report.replace(path, "voices", f"{table}\n\n{summary}")

    def _row(self, name: str, values: dict[str, Any]) -> None:
        cells = [name, *(values[column] for column, _ in COLUMNS[1:])]
        self.stdout.write(
            "".join(f"{cell!s:>{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))
        )
        self.stdout.flush()
