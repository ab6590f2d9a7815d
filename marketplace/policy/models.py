"""Refused texts and their appeals, suspicions and strikes."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey
from marketplace.states import Moves, Stateful


class Refusal(Stateful):
    """A refused text: the reason, the rule, and the text itself, sealed for an appeal."""

    class State(models.TextChoices):
        STANDS = "stands", gettext_lazy("Refused")
        APPEALED = "appealed", gettext_lazy("Appealed")
        UPHELD = "upheld", gettext_lazy("Upheld")
        OVERTURNED = "overturned", gettext_lazy("Overturned")

    MOVES: ClassVar[Moves] = {
        State.STANDS: {State.APPEALED},
        State.APPEALED: {State.UPHELD, State.OVERTURNED},
        State.UPHELD: set(),
        State.OVERTURNED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=12, choices=State, default=State.STANDS)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="refusals"
    )
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="refusals")
    voice = models.CharField(max_length=80)
    category = models.CharField(max_length=20)
    rule = models.CharField(max_length=40)
    text_sha256 = models.CharField(max_length=64, db_index=True)
    sealed_text = models.BinaryField(null=True)
    appeal = models.TextField(blank=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        permissions = (("decide_refusal", "Can decide on appeals against refused texts"),)

    def __str__(self) -> str:
        return f"{self.category} {self.public_id}"


class Suspicion(Stateful):
    """A pattern over time that no single request shows: slowed at once, then reviewed by a person."""

    class Kind(models.TextChoices):
        BURST = "burst", gettext_lazy("Far more requests than ever")
        MANY_VOICES = "many_voices", gettext_lazy("One text in many voices")
        KEY_SHARED = "key_shared", gettext_lazy("One key in many networks")
        STRIKES = "strikes", gettext_lazy("Three strikes")

    class State(models.TextChoices):
        SLOWED = "slowed", gettext_lazy("Slowed down")
        STOPPED = "stopped", gettext_lazy("Stopped")
        RELEASED = "released", gettext_lazy("Released")

    MOVES: ClassVar[Moves] = {
        State.SLOWED: {State.STOPPED, State.RELEASED},
        State.STOPPED: {State.STOPPED, State.RELEASED},
        State.RELEASED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="suspicions"
    )
    api_key = models.ForeignKey(
        ApiKey,
        null=True,
        on_delete=models.PROTECT,
        related_name="suspicions",
        help_text="That pages may use, which alone it concerns.",
    )
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.SLOWED)
    evidence = models.JSONField(default=dict)
    explanation = models.TextField(blank=True, help_text="What its members say to it.")
    explained_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(help_text="When the pattern showed last.")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "kind"],
                condition=models.Q(state__in=["slowed", "stopped"], api_key=None),
                name="one_living_suspicion_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["api_key", "kind"],
                condition=models.Q(state__in=["slowed", "stopped"]),
                name="one_living_suspicion_of_a_key",
            ),
        )
        permissions = (("decide_suspicion", "Can release and stop organizations"),)

    @property
    def of_whom(self) -> str:
        """Who is slowed down or stopped, as the subject of a sentence."""
        if self.api_key is None:
            return str(self.organization)
        return gettext("The key “%(key)s” of %(organization)s") % {
            "key": self.api_key.name,
            "organization": self.organization,
        }

    @property
    def digest(self) -> str:
        """Proves which explanation a moderator has read; what was measured goes on meanwhile."""
        return audit.digest(self.explanation)


class Strike(models.Model):
    """A moderator's strike against an organization; three within ninety days stop it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="strikes")
    refusal = models.OneToOneField(
        Refusal, null=True, on_delete=models.PROTECT, related_name="strike"
    )
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)


class KeyNetwork(models.Model):
    """An hour in which a key was used from a network (/16 of IPv4, /32 of IPv6)."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="used_from")
    network = models.CharField(max_length=43)
    hour = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["key", "network", "hour"], name="a_network_an_hour"),
        )
