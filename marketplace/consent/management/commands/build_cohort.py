"""`manage.py build_cohort`: the cohort against which likeness scores are normalized."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from synthesis.audio.files import recordings_in


class Command(BaseCommand):
    help = "Embed one recording per person with both verifiers; prints the file's SHA-256."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--recordings", type=Path, required=True, help="One file per speaker.")
        parser.add_argument("--out", type=Path, required=True, help="Where to write the cohort.")
        parser.add_argument("--licence", required=True, help="Licence of the recordings.")

    def handle(self, *args: Any, **options: Any) -> None:
        import numpy as np

        from synthesis.audio.decoding import decode_own
        from synthesis.verification import cohort
        from synthesis.verification.reading_check import speaker_of

        files = recordings_in(options["recordings"])
        speakers = []
        for number, file in enumerate(files):
            speakers.append(speaker_of([decode_own(file.read_bytes())]))
            if number % 25 == 24:
                self.stdout.write(f"{number + 1} of {len(files)} people embedded")
        about = {
            "made_by": "manage.py build_cohort",
            "people": str(len(speakers)),
            "licence": options["licence"],
        }
        cohort.write(
            np.stack([speaker.ge2e for speaker in speakers]),
            np.stack([speaker.dvector for speaker in speakers]),
            options["out"],
            about,
        )
        digest = hashlib.sha256(options["out"].read_bytes()).hexdigest()
        self.stdout.write(f"{options['out']}  sha256 {digest}")
