"""A creator's words about themselves, and who wants to hear of their next voice."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.states import Moves, Stateful


class Biography(Stateful):
    """What a creator says of themselves: what is shown, and what waits for a moderator."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for review"
        APPROVED = "approved", "Shown"
        SENT_BACK = "sent_back", "Sent back"

    MOVES: ClassVar[Moves] = {
        State.WAITING: {State.WAITING, State.APPROVED, State.SENT_BACK},
        State.APPROVED: {State.WAITING, State.APPROVED},
        State.SENT_BACK: {State.WAITING, State.APPROVED},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    creator = models.OneToOneField(Creator, on_delete=models.PROTECT, related_name="biography")
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    shown = models.TextField(max_length=600, blank=True, help_text="What a moderator approved.")
    proposed = models.TextField(max_length=600, blank=True, help_text="What was written last.")
    note = models.TextField(blank=True, help_text="Why it was sent back.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    proposed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "biographies"
        ordering = ("proposed_at", "pk")

    def __str__(self) -> str:
        return f"About {self.creator_id}"

    @property
    def digest(self) -> str:
        """Proves which text a moderator has read."""
        return audit.digest(self.proposed)


class Follow(models.Model):
    """Somebody who is told when a creator has a new voice on sale."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="followers")
    knows_until = models.DateTimeField(help_text="Voices that went on sale later are new to them.")
    told_at = models.DateTimeField(null=True, help_text="When they were last sent a letter.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["user", "creator"], name="a_creator_is_followed_once"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.creator_id}"
