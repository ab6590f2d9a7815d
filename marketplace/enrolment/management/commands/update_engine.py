"""`manage.py update_engine`: give the workers new weights while they keep speaking."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.enrolment import releases
from marketplace.refusals import Refused
from marketplace.voices.models import EngineRelease


class Command(BaseCommand):
    help = "Offer a folder with release.json and weights to the workers and wait for their verdict."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="The same path on every worker.")
        parser.add_argument("--wait", type=float, default=120.0, help="Seconds to wait for it.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            release = releases.offer(folder=options["folder"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Offered {release.version}; the workers load it beside the present one …"
        )
        until = time.monotonic() + options["wait"]
        while release.state == EngineRelease.State.OFFERED and time.monotonic() < until:
            time.sleep(0.5)
            release.refresh_from_db()
        for name, value in release.comparison.items():
            self.stdout.write(f"  {name}: {value}")
        if release.state == EngineRelease.State.REFUSED:
            raise CommandError(f"Refused; the old release stays live: {release.problem}")
        if release.state == EngineRelease.State.OFFERED:
            raise CommandError("No worker has decided yet; they will as soon as they can.")
        self.stdout.write(
            f"Release {release.version} is live; older voices are being learned again."
        )
