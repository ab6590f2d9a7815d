"""Licences that renew by themselves, and the terms that come of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from marketplace.licensing.models.licences import Licence, Order
from marketplace.money import Money
from marketplace.states import Moves, Stateful


class StandingRenewal(Stateful):
    """A buyer's order to renew a licence whenever its term ends, until they switch it off."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting for a payment method")
        ON = "on", gettext_lazy("Renews by itself")
        OFF = "off", gettext_lazy("Switched off")

    MOVES: ClassVar[Moves] = {
        State.WAITING: {State.ON, State.OFF},
        State.ON: {State.OFF},
        State.OFF: {State.WAITING, State.ON},
    }

    licence = models.OneToOneField(
        Licence, on_delete=models.PROTECT, related_name="standing_renewal"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who agreed to the charges, and may still buy when they are made.",
    )
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    words = models.TextField(help_text="What they agreed to, as it was shown to them.")
    agreed_at = models.DateTimeField()
    price_minor = models.PositiveIntegerField(
        help_text="That they agreed to, in the licence's currency."
    )
    term_months = models.PositiveSmallIntegerField(help_text="That they agreed to.")
    until = models.DateField(null=True, help_text="The last day on which a new term may begin.")
    why_off = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"Renewal of {self.licence.number}"


class RenewalRound(Stateful):
    """One coming term of a standing renewal: announced, then charged until it is paid or dropped."""

    class State(models.TextChoices):
        ANNOUNCED = "announced", gettext_lazy("Announced")
        CHARGING = "charging", gettext_lazy("Being charged")
        DUE = "due", gettext_lazy("Payment is due")
        PAID = "paid", gettext_lazy("Paid")
        DROPPED = "dropped", gettext_lazy("Not renewed")

    MOVES: ClassVar[Moves] = {
        State.ANNOUNCED: {State.CHARGING, State.DROPPED},
        State.CHARGING: {State.PAID, State.DUE, State.DROPPED},
        State.DUE: {State.CHARGING, State.PAID, State.DROPPED},
        State.PAID: set(),
        State.DROPPED: set(),
    }
    OPEN = (State.ANNOUNCED, State.CHARGING, State.DUE)

    standing = models.ForeignKey(StandingRenewal, on_delete=models.PROTECT, related_name="rounds")
    order = models.OneToOneField(
        Order, null=True, on_delete=models.PROTECT, related_name="renewal_round"
    )
    state = models.CharField(max_length=12, choices=State, default=State.ANNOUNCED)
    term_ends_at = models.DateTimeField(help_text="Of the term that the renewal follows.")
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    charge_at = models.DateTimeField(
        null=True, help_text="When it is charged next; none: when its buyer pays by hand."
    )
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(
        max_length=80, blank=True, help_text="The provider's code of the last refusal."
    )
    announced_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["charge_at"],
                condition=Q(state__in=["announced", "charging", "due"]),
                name="renewals_to_charge",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["standing", "term_ends_at"],
                condition=~Q(state="dropped"),
                name="one_renewal_a_term",
            ),
        )

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    def __str__(self) -> str:
        return f"Renewal {self.pk} of {self.standing.licence.number}"
