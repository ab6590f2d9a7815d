"""Trials: a visitor's own line, spoken once in a voice that is on sale."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from marketplace import storage
from marketplace.provenance.models import Mark
from marketplace.states import Moves, Stateful
from marketplace.voices.models import Voice, VoiceVersion


class Trial(Stateful):
    """One line that somebody tried: in which voice, who asked, and what became of it.

    holder: a digest of the secret in the session of whoever asked, which alone hears it; erased with
    the text.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Waiting"
        SPEAKING = "speaking", "Being spoken"
        SPOKEN = "spoken", "Spoken"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Not spoken"

    MOVES: ClassVar[Moves] = {
        State.ASKED: {State.SPEAKING, State.REFUSED, State.FAILED},
        State.SPEAKING: {State.SPOKEN, State.REFUSED, State.FAILED},
        State.SPOKEN: set(),
        State.REFUSED: set(),
        State.FAILED: set(),
    }
    UNDER_WAY = (State.ASKED, State.SPEAKING)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="trials")
    voice_version = models.ForeignKey(VoiceVersion, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="trials"
    )
    holder = models.CharField(max_length=64, blank=True)
    asked_from = models.CharField(
        max_length=64, blank=True, help_text="A digest of the network, erased with the text."
    )
    sealed_text = models.BinaryField(null=True)
    text_sha256 = models.CharField(max_length=64)
    characters = models.PositiveSmallIntegerField()
    mark = models.OneToOneField(Mark, null=True, on_delete=models.PROTECT, related_name="trial")
    seconds = models.FloatField(default=0.0)
    from_cache = models.BooleanField(default=False)
    code = models.CharField(max_length=64, blank=True, help_text="Why it was not spoken.")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["holder", "text_sha256"], name="trials_of_a_holder"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["asked", "speaking"]),
                name="trials_under_way",
            ),
        )

    @property
    def stream(self) -> str:
        """The name of the stream in which it is spoken."""
        return f"trial-{self.public_id}"

    @property
    def text(self) -> str:
        """What is said; empty once it has been erased."""
        if self.sealed_text is None:
            return ""
        return storage.unseal(bytes(self.sealed_text), self._purpose).decode()

    def seal(self, text: str) -> None:
        """Take a text; the caller saves the row."""
        self.sealed_text = storage.seal(text.encode(), self._purpose)

    @property
    def _purpose(self) -> str:
        return f"trial {self.public_id}"  # so that each has its own key
