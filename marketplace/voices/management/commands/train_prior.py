"""`manage.py train_prior`: learn the voice prior from recordings of many speakers."""

from __future__ import annotations

import hashlib
import random
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from synthesis.audio.files import recordings_in


class Command(BaseCommand):
    help = "Learn the voice prior from a folder with one recording per speaker; prints its SHA-256."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--recordings", type=Path, required=True, help="One file per speaker.")
        parser.add_argument("--out", type=Path, required=True, help="Where to write the prior.")
        parser.add_argument("--cache", type=Path, required=True, help="Prepared speech, to resume.")
        parser.add_argument("--minutes", type=float, default=60.0, help="Time for the training.")
        parser.add_argument("--licence", required=True, help="Licence of the recordings.")

    def handle(self, *args: Any, **options: Any) -> None:
        from synthesis.engines.kokoro import engine
        from synthesis.enrolment import prior_training
        from synthesis.enrolment.prior import VoicePrior, write

        files = recordings_in(options["recordings"])
        random.Random(0).shuffle(files)  # noqa: S311 - not a secret: a repeatable order
        speaking = engine()
        speakers = list(
            prior_training.prepare(speaking, files, options["cache"], self.stdout.write)
        )
        if len(speakers) < 4 * prior_training.JUDGED:
            raise CommandError(f"Only {len(speakers)} usable speakers; many more are needed.")
        about = {
            "made_by": "manage.py train_prior",
            "speakers": str(len(speakers)),
            "licence": options["licence"],
        }

        def keep(prior: VoicePrior) -> None:
            write(prior, options["out"], about)

        started = time.monotonic()

        def report(step: int, loss: float, similarity: float | None) -> None:
            judged = (
                "" if similarity is None else f"  similarity of instant voices {similarity:.3f}"
            )
            minutes = (time.monotonic() - started) / 60
            self.stdout.write(f"step {step}  {minutes:.0f} min  loss {loss:.3f}{judged}")

        plan = prior_training.TrainingPlan(minutes=options["minutes"])
        keep(prior_training.train(speaking, speakers, plan, report, keep=keep))
        digest = hashlib.sha256(options["out"].read_bytes()).hexdigest()
        self.stdout.write(f"{options['out']}  sha256 {digest}")
