"""`manage.py verify_evidence FILE`: check that a consent's proof is intact."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Check a consent's evidence bundle without a network or a database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bundle", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        from marketplace.consent.evidence import problems_of

        path: Path = options["bundle"]
        problems = problems_of(path.read_bytes())
        if problems:
            raise CommandError(" ".join(problems))
        with zipfile.ZipFile(path) as packed:
            key = json.loads(packed.read("key.json"))["kid"]
        self.stdout.write(
            f"Intact, and signed by the key {key}. Compare it with the published one."
        )
