"""Webhook endpoints, messages and delivery attempts."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.states import Moves, Stateful

TEST = "webhook.test"  # no event of `Event`: it is sent whatever an address has chosen, and once


class Event(models.TextChoices):
    """The events that webhooks report."""

    LICENCE_GRANTED = "licence.granted", gettext_lazy("A licence was granted")
    LICENCE_RENEWED = "licence.renewed", gettext_lazy("A licence was renewed")
    LICENCE_UPGRADED = "licence.upgraded", gettext_lazy("A licence was upgraded")
    LICENCE_DOWNGRADED = "licence.downgraded", gettext_lazy("The upgrade of a licence was refunded")
    LICENCE_PAUSED = "licence.paused", gettext_lazy("A licence is paused for payment")
    LICENCE_SUSPENDED = "licence.suspended", gettext_lazy("A licence was suspended")
    LICENCE_RESUMED = "licence.resumed", gettext_lazy("A licence speaks again")
    LICENCE_ENDING = "licence.ending", gettext_lazy("A licence ends soon")
    LICENCE_EXPIRED = "licence.expired", gettext_lazy("A licence has ended")
    LICENCE_REVOKED = "licence.revoked", gettext_lazy("A licence was revoked")
    LICENCE_REFUNDED = "licence.refunded", gettext_lazy("A licence was refunded")
    LICENCE_NARROWED = (
        "licence.narrowed",
        gettext_lazy("A licence lost uses that its speaker allowed"),
    )
    VOICE_REMOVAL_NOTICE = (
        "voice.removal_notice",
        gettext_lazy("A licensed voice is being withdrawn"),
    )
    JOB_COMPLETED = "job.completed", gettext_lazy("A speech job is done")
    JOB_FAILED = "job.failed", gettext_lazy("A speech job failed")
    PAYOUT_PAID = "payout.paid", gettext_lazy("A payout was sent")
    PAYOUT_FAILED = "payout.failed", gettext_lazy("A payout was refused")


class WebhookEndpoint(models.Model):
    """An address of an organization; its secrets are stored encrypted, since they must sign."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="webhook_endpoints"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="webhook_endpoints",
        help_text="Who answers for it: whoever added it, or last made a secret for it.",
    )
    url = models.URLField(max_length=500)
    events = ArrayField(
        models.CharField(max_length=40, choices=Event), default=list, help_text="None: all."
    )
    sealed_secret = models.BinaryField()
    sealed_former_secret = models.BinaryField(null=True)
    former_until = models.DateTimeField(null=True, help_text="Both secrets sign until then.")
    disabled_at = models.DateTimeField(null=True)
    disabled_why = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.url


class WebhookMessage(Stateful):
    """One event for one endpoint, until it is delivered or abandoned."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("To be delivered")
        DELIVERED = "delivered", gettext_lazy("Delivered")
        GIVEN_UP = "given_up", gettext_lazy("Given up")

    MOVES: ClassVar[Moves] = {
        State.WAITING: {State.DELIVERED, State.GIVEN_UP},
        State.DELIVERED: {State.WAITING},
        State.GIVEN_UP: {State.WAITING},
    }

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="messages")
    message_id = models.CharField(max_length=40, help_text="The same for every try and replay.")
    kind = models.CharField(max_length=40, choices=Event)
    payload = models.JSONField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="due_webhooks"),
        )


class WebhookAttempt(models.Model):
    """One attempt: the endpoint's response, or why it could not be reached."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(auto_now_add=True)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-id",)
