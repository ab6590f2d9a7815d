"""`manage.py set_up_webhooks`: have the payment provider send this site's events to it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from marketplace.payouts import stripe_api
from marketplace.payouts.books import bank_payouts
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused


class Command(BaseCommand):
    help = (
        "Create or update the payment provider's three endpoints for this site's webhooks, and warn of "
        "payouts that would empty the balance."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        own = settings.BASE_URL + reverse("stripe-webhook")
        parser.add_argument(
            "--url", default=own, help="where the webhooks go (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = stripe_api.set_up_endpoints(options["url"])
            payouts = bank_payouts.read_settings()
        except PaymentProviderUnavailable as error:
            raise CommandError(f"The provider did not answer: {error}") from error
        except ProviderRefused as error:
            raise CommandError(f"The provider refused: {error}") from error
        for endpoint in made:
            self.stdout.write(f"{endpoint.role:8} {endpoint.outcome:10} {endpoint.id}")
        self._warn(payouts)
        secrets = [endpoint.secret for endpoint in made if endpoint.secret]
        if secrets:
            self.stdout.write(
                "Shown only once: add these to STRIPE_WEBHOOK_SECRET, separated by commas, and restart."
            )
            self.stdout.write(",".join(secrets))

    def _warn(self, payouts: stripe_api.PayoutSettings | None) -> None:
        """Say where the provider's own payouts take what creators are to be paid from the balance."""
        if payouts is None:
            self.stderr.write(
                "The balance settings could not be read: let the key read them, or see to it yourself that "
                "payouts to your bank leave what creators are owed."
            )
            return
        for shortage in bank_payouts.shortages(payouts):
            self.stderr.write(shortage.told())
