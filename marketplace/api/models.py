"""What the API stores about requests."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from marketplace import storage
from marketplace.accounts.models import Organization
from marketplace.licensing.models import ApiKey, Generation
from marketplace.policy.models import Refusal
from marketplace.states import Moves, Stateful


class IdempotentRequest(models.Model):
    """A POST with an Idempotency-Key: what it asked for, and the answer it got.

    caller: without an API key, a digest of the address that asked.
    """

    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.CASCADE, related_name="+")
    caller = models.CharField(max_length=64, default="")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    generation = models.ForeignKey(
        Generation, null=True, on_delete=models.CASCADE, related_name="+"
    )
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    repeats = models.PositiveSmallIntegerField(
        default=0, help_text="How often it was spoken again."
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["api_key", "caller", "key"],
                name="an_idempotency_key_is_one_request",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(api_key__isnull=False) ^ ~models.Q(caller=""),
                name="an_idempotent_request_has_one_caller",
            ),
        )


class SpeechJob(Stateful):
    """Speech made in the background: one long text, or up to a hundred short ones."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being spoken"
        COMPLETED = "completed", "Done"
        FAILED = "failed", "Failed"

    MOVES: ClassVar[Moves] = {
        State.QUEUED: {State.RUNNING},
        State.RUNNING: {State.COMPLETED, State.FAILED},
        State.COMPLETED: set(),
        State.FAILED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="jobs")
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="speech_jobs"
    )
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    audio_format = models.CharField(max_length=8)
    speed = models.FloatField(default=1.0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)


class SpeechJobItem(Stateful):
    """One text of a job; the text is sealed while it waits and deleted once it has been spoken.

    refusal: why the text may not be spoken, where that was found out in the background.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being spoken"
        COMPLETED = "completed", "Done"
        FAILED = "failed", "Failed"

    MOVES: ClassVar[Moves] = {
        State.QUEUED: {State.RUNNING},
        State.RUNNING: {State.COMPLETED, State.FAILED},
        State.COMPLETED: set(),
        State.FAILED: set(),
    }

    job = models.ForeignKey(SpeechJob, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    sealed_text = models.BinaryField(null=True)
    generation = models.OneToOneField(Generation, on_delete=models.PROTECT, related_name="job_item")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    progress = models.FloatField(default=0.0)
    storage_key = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    refusal = models.ForeignKey(Refusal, null=True, on_delete=models.SET_NULL, related_name="+")
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["job", "position"], name="one_item_a_position"),
        )

    @property
    def text(self) -> str:
        """The text as it was sent; empty once it has been spoken."""
        sealed = self.sealed_text
        return storage.unseal(bytes(sealed), purpose_of(self.generation)).decode() if sealed else ""

    def seal(self, text: str) -> None:
        """Set the text, encrypted under a key of its own."""
        self.sealed_text = storage.seal(text.encode(), purpose_of(self.generation))


def purpose_of(generation: Generation) -> str:
    """What the text of a generation's item is sealed for, which makes its key its own."""
    return f"job text {generation.public_id}"
