"""Subscriptions and their months."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.states import Moves, Stateful


class PlanSubscription(Stateful):
    """An organization's subscription to a plan, as the payment provider bills it."""

    class State(models.TextChoices):
        ACTIVE = "active", gettext_lazy("Active")
        PAST_DUE = "past_due", gettext_lazy("Payment is due")
        ENDED = "ended", gettext_lazy("Ended")

    MOVES: ClassVar[Moves] = {
        State.ACTIVE: {State.PAST_DUE, State.ENDED},
        State.PAST_DUE: {State.ACTIVE, State.ENDED},
        State.ENDED: set(),
    }

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="subscriptions"
    )
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=12)
    yearly = models.BooleanField(default=False, help_text="Billed for twelve months at a time.")
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    provider_id = models.CharField(max_length=120, unique=True)
    customer = models.CharField(max_length=120)
    cancels = models.BooleanField(default=False, help_text="At the end of the period.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state__in=["active", "past_due"]),
                name="one_living_plan_an_organization",
            ),
        )


class PlanYear(models.Model):
    """A year of a plan that was paid at once; its months are granted one after the other."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="plan_years"
    )
    plan = models.CharField(max_length=12)
    invoice = models.CharField(max_length=120, unique=True)
    starts_at = models.DateTimeField()
    commission_bps = models.PositiveIntegerField(help_text="As it was when the year was paid.")
    currency = models.CharField(max_length=3)
    granted = models.PositiveSmallIntegerField(default=0, help_text="Months that were granted.")
    stopped_at = models.DateTimeField(
        null=True, help_text="Its payment went back or is disputed: no month is granted."
    )

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.plan} {self.invoice}"


class PlanMonth(models.Model):
    """A billing period of a plan: what was paid, what was spoken, whether it was shared out."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="plan_months"
    )
    plan = models.CharField(max_length=12)
    invoice = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 - free: none
    year = models.ForeignKey(
        PlanYear,
        null=True,
        on_delete=models.PROTECT,
        related_name="months",
        help_text="That it is a part of, where one was paid at once.",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    characters_included = models.PositiveIntegerField()
    characters_used = models.PositiveIntegerField(default=0)
    share_minor = models.PositiveIntegerField(default=0, help_text="The creators' part of it.")
    commission_bps = models.PositiveIntegerField(
        default=0, help_text="The platform's part, in basis points, as it was posted."
    )
    carried_minor = models.PositiveIntegerField(
        default=0, help_text="Left over from the month before, in which nothing was spoken."
    )
    returned_minor = models.PositiveIntegerField(
        default=0, help_text="Of the creators' part, what refunds took before it was shared out."
    )
    carried_into = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="carried_from",
        help_text="The month after, which took over what was left of a silent one.",
    )
    currency = models.CharField(max_length=3)
    shared_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(
        null=True, help_text="Its payment went back or is disputed: nothing is spoken by it."
    )

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["ends_at"], condition=Q(shared_at=None), name="months_to_share_out"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(characters_used__lte=F("characters_included")),
                name="a_plan_is_never_overrun",
            ),
            models.UniqueConstraint(
                fields=["organization", "starts_at"], name="one_plan_month_at_a_time"
            ),
        )

    @property
    def characters_left(self) -> int:
        return self.characters_included - self.characters_used
