"""`manage.py journey`: a voice's whole journey over HTTP, as a creator, two moderators and a buyer."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.refusals import JourneyFailed
from marketplace.storefront.demo_accounts import MODERATORS
from marketplace.storefront.journey import Journey

SAY = "The harbour was quiet, and every window along the water was still dark."


class Command(BaseCommand):
    help = "Walk the journey against a running server and leave the licensed speech in a file."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default="http://localhost:8000")
        parser.add_argument("--recordings", type=Path, required=True, help="One person's files.")
        parser.add_argument("--say", default=SAY)
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument(
            "--moderators", nargs=2, default=MODERATORS, help="Two accounts with one password."
        )
        parser.add_argument(
            "--clone-steps", type=int, default=50, help="Adaptation steps of the reading clone."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PAYMENT_SANDBOX:
            raise CommandError("The journey reads consent with a clone; production refuses that.")
        password = os.environ.get("TIMBRE_DEMO_PASSWORD")
        if not password:
            raise CommandError("Set TIMBRE_DEMO_PASSWORD, the password of the moderators.")
        journey = Journey(
            base_url=options["base_url"].rstrip("/"),
            recordings=options["recordings"],
            moderators=tuple(options["moderators"]),
            moderator_password=password,
            clone_steps=options["clone_steps"],
            say=self.stdout.write,
            progress=self._progress if sys.stderr.isatty() else None,
        )
        try:
            journey.walk(options["say"], options["out"])
        except (JourneyFailed, httpx.HTTPError) as failure:
            raise CommandError(f"{failure} (server: {options['base_url']})") from failure

    def _progress(self, text: str) -> None:
        self.stderr.write(f"\r\x1b[K      {text}", ending="")
