"""`manage.py replay_webhooks --hours 48`: fetch the provider's events again and act on each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from marketplace.payouts import provider_events
from marketplace.refusals import PaymentProviderUnavailable


class Command(BaseCommand):
    help = "Fetch the payment provider's events of the last hours again and act on each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=float, default=24.0)

    def handle(self, *args: Any, **options: Any) -> None:
        since = timezone.now() - timedelta(hours=options["hours"])
        try:
            count = provider_events.replay(since=since, say=self.stdout.write)
        except PaymentProviderUnavailable as error:
            raise CommandError(f"The provider did not answer: {error}") from error
        self.stdout.write(f"{count} events.")
