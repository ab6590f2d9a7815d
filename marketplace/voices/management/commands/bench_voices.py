"""`manage.py bench_voices`: how close clones of real speakers come, how clear and how fast."""

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
)


class Command(BaseCommand):
    help = "Enrol every speaker folder, speak ten sentences as each, print and write the figures."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--recordings", type=Path, required=True, help="One folder a speaker.")
        parser.add_argument("--json", type=Path, required=True, help="Where to write the figures.")
        parser.add_argument("--steps", type=int, default=0, help="Fewer adaptation steps, to try.")

    def handle(self, *args: Any, **options: Any) -> None:
        from dataclasses import replace

        from synthesis.benchmarks.voices import judge_speaker, speakers_in, summarize
        from synthesis.engines.kokoro import engine

        speakers = speakers_in(options["recordings"])
        if not speakers:
            raise CommandError(f"{options['recordings']} has no speaker folders with recordings.")
        speaking = engine()
        if options["steps"]:
            speaking.plan = replace(speaking.plan, steps=options["steps"])
        speaking.warm()
        self.stdout.write("".join(f"{name:>{width}}" for name, width in COLUMNS))
        figures: dict[str, dict[str, Any]] = {}
        for name, files in speakers.items():

            def show(stage: str, share: float, name: str = name) -> None:
                if self.stderr.isatty():
                    self.stderr.write(f"\r{name}: {stage} {share:4.0%}   ", ending="")

            figures[name] = judge_speaker(speaking, files, show)
            if self.stderr.isatty():
                self.stderr.write("\r\x1b[K", ending="")
            self._row(name, figures[name])
        mean = summarize(figures)
        self._row("mean", mean)
        options["json"].write_text(json.dumps({"speakers": figures, "mean": mean}, indent=2) + "\n")

    def _row(self, name: str, values: dict[str, Any]) -> None:
        cells = [name, *(values[column] for column, _ in COLUMNS[1:])]
        self.stdout.write(
            "".join(f"{cell!s:>{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))
        )
        self.stdout.flush()
