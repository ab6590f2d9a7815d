"""`manage.py load_demo_market`: demo accounts and synthetic voices, published as they are made."""

from __future__ import annotations

import os
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.storefront import demo

LOOKS_EVERY = 3.0  # seconds; a look asks the database about every voice


class Command(BaseCommand):
    help = "Load the demo market and wait until its voices are on sale."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--timeout", type=float, default=3600, help="Seconds to wait.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PAYMENT_SANDBOX:
            raise CommandError("The demo market needs a deployment with sandbox payments.")
        password = os.environ.get("TIMBRE_DEMO_PASSWORD")
        if not password:
            raise CommandError("Set TIMBRE_DEMO_PASSWORD, the password of the demo accounts.")
        moderator = demo.load_accounts(password)
        demo.begin_voices()
        until = time.monotonic() + options["timeout"]
        total, before = len(demo.VOICES), -1
        while (
            left := demo.publish_ready(moderator, self.stdout.write)
        ) and time.monotonic() < until:
            if left != before:
                self.stdout.write(f"{left} of {total} demo voices are still being made.")
                before = left
            time.sleep(LOOKS_EVERY)
        self._report()
        if left:
            raise CommandError(
                f"Demo voices not ready after {options['timeout']:.0f} s: {left} of {total}"
            )

    def _report(self) -> None:
        """Report which voices are not on sale and why, then how many are."""
        standing = demo.standing()
        for name, why in standing.missing.items():
            self.stdout.write(f"{name} {why}")
        total = len(standing.on_sale) + len(standing.missing)
        if not standing.missing:
            self.stdout.write(f"All {total} demo voices are on sale.")
        elif standing.on_sale:
            self.stdout.write(f"Demo voices on sale: {len(standing.on_sale)} of {total}")
        else:
            self.stdout.write("No demo voice is on sale.")
