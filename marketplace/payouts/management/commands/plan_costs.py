"""`manage.py plan_costs`: whether the commission of each plan covers its fee and its speech."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.licensing.plans import PLANS
from marketplace.money import Money

FEE_BPS, FEE_FIXED = 290, 30  # of a card payment
CHARACTERS_PER_SECOND = 15.0  # of speech


class Command(BaseCommand):
    help = "Print what each plan earns and costs when every character is used."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--core-hour", type=float, default=0.05, help="Price of a core-hour.")
        parser.add_argument("--rtf", type=float, default=0.08, help="Real-time factor on 2 cores.")

    def handle(self, *args: Any, **options: Any) -> None:
        short = []
        for plan in PLANS.values():
            if not plan.price_minor:
                continue
            commission = (
                Money(plan.price_minor, settings.CURRENCY).split(settings.COMMISSION_BPS)[0].minor
            )
            fee = plan.price_minor * FEE_BPS / 10_000 + FEE_FIXED
            hours = plan.characters / CHARACTERS_PER_SECOND * options["rtf"] * 2 / 3600
            compute = 100 * hours * options["core_hour"]
            left = commission - fee - compute
            verdict = "covered" if left >= 0 else "NOT COVERED"
            self.stdout.write(
                f"{plan.name:<8}{Money(plan.price_minor, settings.CURRENCY)!s:>8} for {plan.characters:,} "
                f"characters: commission {commission:.1f} - fee {fee:.1f} - speech {compute:.1f} "
                f"= {left:.1f} cents, {verdict}"
            )
            if left < 0:
                short.append(plan.name)
        if short:
            raise CommandError(f"Not covered: {', '.join(short)}.")
