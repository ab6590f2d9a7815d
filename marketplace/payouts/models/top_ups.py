"""Credit that is bought by itself."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.money import Money
from marketplace.states import Moves, Stateful


class StandingTopUp(Stateful):
    """An owner's order to buy credit whenever little is left, until they switch it off."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting for a payment method")
        ON = "on", gettext_lazy("Buys credit by itself")
        OFF = "off", gettext_lazy("Switched off")

    MOVES: ClassVar[Moves] = {
        State.WAITING: {State.ON, State.OFF},
        State.ON: {State.OFF},
        State.OFF: {State.WAITING, State.ON},
    }

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="standing_top_up"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who agreed to the charges, and is still an owner when they are made.",
    )
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    words = models.TextField(help_text="What they agreed to, with the amounts they chose.")
    agreed_at = models.DateTimeField()
    below_minor = models.PositiveIntegerField(help_text="It buys when less than this is left.")
    amount_minor = models.PositiveIntegerField(help_text="That it buys at a time, without tax.")
    monthly_minor = models.PositiveIntegerField(
        help_text="The most that it buys in a calendar month (UTC), without tax."
    )
    currency = models.CharField(max_length=3)
    capped_in: models.DateField[date | None, date | None] = models.DateField(
        null=True, help_text="The month in which its owner was told that no more is bought."
    )
    why_off = models.CharField(max_length=200, blank=True)

    @property
    def below(self) -> Money:
        return Money(self.below_minor, self.currency)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def monthly(self) -> Money:
        return Money(self.monthly_minor, self.currency)

    def __str__(self) -> str:
        return f"Top-up of {self.organization}"
