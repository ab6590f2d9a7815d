"""Protected voices, moderators' cases, and searches of people for their own voice."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy
from pgvector.django import HnswIndex

from marketplace.in_line import InLine
from marketplace.states import Moves, Stateful
from marketplace.voices.embeddings import RotatedVectorField
from marketplace.voices.models import Voice


class ProtectedVoice(models.Model):
    """A speaker whom nobody may enrol: only the embedding, and the reason."""

    class Reason(models.TextChoices):
        PUBLIC_FIGURE = "public_figure", gettext_lazy("A public figure")
        OPTED_OUT = "opted_out", gettext_lazy("Asked not to be replicated")
        TAKEN_DOWN = "taken_down", gettext_lazy("Was taken down")
        BANNED = "banned", gettext_lazy("Banned from the platform")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reason = models.CharField(max_length=16, choices=Reason)
    note = models.CharField(max_length=200, blank=True)
    embedding = RotatedVectorField(dimensions=256)
    encoder = models.CharField(max_length=40)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(null=True, help_text="By the same person's live voice.")

    class Meta:
        indexes = (
            HnswIndex(
                name="protected_voices_nearest",
                fields=["embedding"],
                opclasses=["vector_cosine_ops"],
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.public_id}"


class Case(Stateful):
    """An enrolment or a sale stopped: the speaker is somebody else's voice, protected, or sold exclusively."""

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("To be decided")
        ALLOWED = "allowed", gettext_lazy("Allowed")
        UPHELD = "upheld", gettext_lazy("Stopped for good")

    MOVES: ClassVar[Moves] = {
        State.OPEN: {State.ALLOWED, State.UPHELD},
        State.ALLOWED: set(),
        State.UPHELD: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="cases")
    like_voice = models.ForeignKey(Voice, null=True, on_delete=models.PROTECT, related_name="+")
    like_protected = models.ForeignKey(
        ProtectedVoice, null=True, on_delete=models.PROTECT, related_name="cases"
    )
    similarity = models.FloatField()
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(like_voice__isnull=False, like_protected__isnull=True)
                | models.Q(like_voice__isnull=True, like_protected__isnull=False),
                name="a_case_is_about_one_likeness",
            ),
        )
        permissions = (("decide_case", "Can decide on stopped enrolments"),)

    def __str__(self) -> str:
        return f"{self.voice} · {self.get_state_display()}"


class SpeakerSearch(InLine, Stateful):
    """A person's search for their own voice, by a live reading; erased soon after."""

    class State(models.TextChoices):
        CHALLENGED = "challenged", gettext_lazy("To be read")
        CHECKING = "checking", gettext_lazy("Being listened to")
        ANSWERED = "answered", gettext_lazy("Answered")
        REFUSED = "refused", gettext_lazy("Not taken for a live reading")
        FORGOTTEN = "forgotten", gettext_lazy("Forgotten")

    MOVES: ClassVar[Moves] = {
        State.CHALLENGED: {State.CHECKING, State.FORGOTTEN},
        State.CHECKING: {State.ANSWERED, State.REFUSED, State.FORGOTTEN},
        State.ANSWERED: {State.FORGOTTEN},
        State.REFUSED: {State.FORGOTTEN},
        State.FORGOTTEN: {State.FORGOTTEN},
    }

    state = models.CharField(max_length=12, choices=State, default=State.CHALLENGED)
    statement = models.TextField()
    phrase = models.CharField(max_length=200)
    expires_at = models.DateTimeField(help_text="The phrase must be read by then.")
    recording_key = models.CharField(max_length=200, blank=True)
    recording_sha256 = models.CharField(max_length=64, blank=True)
    embedding = RotatedVectorField(dimensions=256, null=True)
    scores = models.JSONField(default=dict)
    reason_code = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    recorded_at = models.DateTimeField(null=True)


class SearchMatch(models.Model):
    """A voice that a search found, or a place on the list of protected ones."""

    search = models.ForeignKey(SpeakerSearch, on_delete=models.CASCADE, related_name="matches")
    voice = models.ForeignKey(Voice, null=True, on_delete=models.CASCADE, related_name="+")
    protected = models.ForeignKey(
        ProtectedVoice, null=True, on_delete=models.CASCADE, related_name="+"
    )
    score = models.FloatField()

    class Meta:
        ordering = ("-score", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(voice__isnull=False, protected__isnull=True)
                | models.Q(voice__isnull=True, protected__isnull=False),
                name="a_match_is_of_one_thing",
            ),
        )


class Takedown(Stateful):
    """A person's claim that a voice here is theirs and was enrolled without their consent."""

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("To be decided")
        UPHELD = "upheld", gettext_lazy("Taken down")
        REJECTED = "rejected", gettext_lazy("Not the same person")

    MOVES: ClassVar[Moves] = {
        State.OPEN: {State.UPHELD, State.REJECTED},
        State.UPHELD: set(),
        State.REJECTED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="takedowns")
    score = models.FloatField()
    said = models.TextField(max_length=1000, blank=True)
    email = models.EmailField(blank=True, help_text="For the answer; forgotten with it.")
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Whoever was signed in; forgotten with the decision.",
    )
    embedding = RotatedVectorField(dimensions=256, null=True)
    recording_key = models.CharField(max_length=200, blank=True)
    recording_sha256 = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.voice} · {self.get_state_display()}"
