"""A person's recorded consent to having their voice replicated and licensed."""

from __future__ import annotations

import uuid

from django.db import models

from marketplace.states import Stateful
from marketplace.voices.models import Voice


class Consent(Stateful):
    """One statement, shown, read aloud and checked. Refused ones stay: they are evidence too."""

    class State(models.TextChoices):
        CHALLENGED = "challenged", "To be read"
        CHECKING = "checking", "Being checked"
        VERIFIED = "verified", "Verified"
        REFUSED = "refused", "Refused"
        REVOKED = "revoked", "Withdrawn"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="consents")
    state = models.CharField(max_length=12, choices=State, default=State.CHALLENGED)
    legal_name = models.CharField(max_length=120)
    statement_version = models.CharField(max_length=16)
    statement = models.TextField()
    phrase = models.CharField(max_length=200)
    expires_at = models.DateTimeField(help_text="The phrase must be read by then.")
    demonstration = models.BooleanField(
        default=False, help_text="Read by a synthetic clone: only in a market without real money."
    )
    recording_key = models.CharField(max_length=200, blank=True)
    recording_sha256 = models.CharField(max_length=64, blank=True)
    transcript = models.TextField(blank=True)
    scores = models.JSONField(default=dict)
    reason_code = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    recorded_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_for_abuse = models.BooleanField(
        default=False, help_text="Then no notice period holds: silent at once for everyone."
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["voice"],
                condition=models.Q(state="verified"),
                name="one_living_consent_a_voice",
            ),
        )

    def __str__(self) -> str:
        return f"{self.voice} · {self.get_state_display()}"
