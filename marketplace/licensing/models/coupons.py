"""Discounts that the platform pays for."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from marketplace.money import Money
from marketplace.states import Moves, Stateful


class Coupon(Stateful):
    """A code that takes something off the price of a new licence; its creator earns as without.

    Either a percentage, perhaps up to an amount, or an amount, of the price without tax.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("Waits for a second person")
        GOOD = "good", gettext_lazy("Good")
        WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")

    MOVES: ClassVar[Moves] = {
        State.PROPOSED: {State.GOOD, State.WITHDRAWN},
        State.GOOD: {State.WITHDRAWN},
        State.WITHDRAWN: set(),
    }

    code = models.CharField(max_length=24, unique=True, help_text="In capital letters.")
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    amount_minor = models.PositiveIntegerField(null=True, blank=True)
    most_minor = models.PositiveIntegerField(
        null=True, blank=True, help_text="That a percentage takes off one price at most."
    )
    currency = models.CharField(max_length=3)
    uses = models.PositiveIntegerField(help_text="How many purchases it is good for.")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    first_only = models.BooleanField(
        default=True, help_text="For buyers who have not bought a licence before."
    )
    state = models.CharField(max_length=12, choices=State, default=State.GOOD)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(percent__isnull=False, amount_minor__isnull=True)
                | Q(percent__isnull=True, amount_minor__isnull=False),
                name="a_coupon_is_a_percentage_or_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(most_minor__isnull=True) | Q(percent__isnull=False),
                name="only_a_percentage_is_limited_by_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="a_coupon_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def worth(self) -> str:
        """What it takes off, in words."""
        if self.percent is not None:
            most = self.most_minor and Money(self.most_minor, self.currency)
            return f"{self.percent}%, at most {most}" if most else f"{self.percent}%"
        return str(Money(self.amount_minor or 0, self.currency))
