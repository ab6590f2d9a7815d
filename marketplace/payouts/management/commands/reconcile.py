"""`manage.py reconcile --days 2`: compare the ledger with the provider's balance transactions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from marketplace.payouts.books.reconciliation import reconcile
from marketplace.refusals import PaymentProviderUnavailable


class Command(BaseCommand):
    help = (
        "List every difference between the ledger and the provider's books; fails if there are any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=float, default=2.0)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = reconcile(since=timezone.now() - timedelta(days=options["days"]))
        except PaymentProviderUnavailable as error:
            raise CommandError(f"The provider did not answer: {error}") from error
        for difference in run.differences:
            self.stdout.write(
                f"{difference['object']}  {difference['currency']}  ledger {difference['ledger_minor']}  "
                f"provider {difference['provider_minor']}"
            )
        self.stdout.write(
            f"{run.compared} balance transactions, {len(run.differences)} differences."
        )
        if run.differences:
            raise CommandError("The books differ.")
