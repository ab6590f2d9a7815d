"""People's requests about their own data, and what the law makes us retain."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from marketplace.states import Moves, Stateful


class PrivacyRequest(Stateful):
    """A person's request for a copy of their data, or for its erasure (GDPR art. 15, 17, 20)."""

    class Kind(models.TextChoices):
        EXPORT = "export", "A copy of everything"
        ERASURE = "erasure", "Erasure"

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        DONE = "done", "Done"
        FORGOTTEN = "forgotten", "The copy is deleted"

    MOVES: ClassVar[Moves] = {
        State.QUEUED: {State.DONE, State.FORGOTTEN},
        State.DONE: {State.FORGOTTEN},
        State.FORGOTTEN: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="privacy_requests"
    )
    stage = models.CharField(max_length=80, blank=True)
    progress = models.FloatField(default=0.0)
    report = models.JSONField(default=dict, help_text="Counts and reasons; nothing personal.")
    storage_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=models.Q(state="queued"),
                name="one_open_request_of_a_kind",
            ),
        )


class RetainedRecord(models.Model):
    """The former values of an erased row, sealed, which the law makes us retain until a date."""

    subject_type = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    reason = models.CharField(max_length=24)
    sealed = models.BinaryField()
    until = models.DateField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["subject_type", "subject_id"]),)
        permissions = (("open_retained", "Can open what the law makes us keep"),)
