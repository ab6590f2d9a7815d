"""Voices, and the recordings and templates they are made of."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise
from pgvector.django import HnswIndex

from marketplace.attempts import Attempted
from marketplace.creators.models import Creator
from marketplace.states import Moves, Stateful
from marketplace.voices.embeddings import RotatedVectorField
from marketplace.voices.uses import Use
from synthesis.audio.targets import NOISY_ADVICE


class Voice(models.Model):
    """A voice that a creator offers, or is preparing to."""

    class Gender(models.TextChoices):
        FEMININE = "feminine", gettext_lazy("Feminine")
        MASCULINE = "masculine", gettext_lazy("Masculine")
        NEUTRAL = "neutral", gettext_lazy("Neutral")

    class Age(models.TextChoices):
        YOUNG = "young", pgettext_lazy("age", "Young adult")
        MIDDLE = "middle", pgettext_lazy("age", "Middle-aged")
        OLD = "old", pgettext_lazy("age", "Older")

    class Language(models.TextChoices):
        EN_US = "en-US", gettext_lazy("English (US)")
        EN_GB = "en-GB", gettext_lazy("English (UK)")
        ES = "es", gettext_lazy("Spanish")
        FR = "fr", gettext_lazy("French")
        IT = "it", gettext_lazy("Italian")
        PT_BR = "pt-BR", gettext_lazy("Portuguese (Brazil)")
        HI = "hi", gettext_lazy("Hindi")
        ZH_CN = "zh-CN", gettext_lazy("Chinese (Mandarin)")
        JA = "ja", gettext_lazy("Japanese")

    class Style(models.TextChoices):
        CALM = "calm", gettext_lazy("Calm")
        WARM = "warm", gettext_lazy("Warm")
        BRIGHT = "bright", gettext_lazy("Bright")
        DEEP = "deep", gettext_lazy("Deep")
        CRISP = "crisp", gettext_lazy("Crisp")
        LIVELY = "lively", gettext_lazy("Lively")
        SERIOUS = "serious", gettext_lazy("Serious")
        FRIENDLY = "friendly", gettext_lazy("Friendly")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="voices")
    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(max_length=600, blank=True)
    language = models.CharField(max_length=8, choices=Language, default=Language.EN_US)
    gender = models.CharField(max_length=12, choices=Gender)
    age = models.CharField(max_length=12, choices=Age)
    styles = ArrayField(models.CharField(max_length=16, choices=Style), default=list)
    synthetic = models.BooleanField(default=False, help_text="No person has this voice.")
    lines = models.JSONField(
        null=True, help_text="What its clips say, if not the usual: use, text."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    silenced_at = models.DateTimeField(
        null=True, help_text="Taken down or erased: nobody consents or learns it again."
    )

    def __str__(self) -> str:
        return self.name


def _regions() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code in Voice.Language.values:
        found.setdefault(code.partition("-")[0], []).append(code)
    return {language: codes for language, codes in found.items() if len(codes) > 1}


REGIONS = _regions()  # of each language that is spoken in several: en, with en-US and en-GB


class Recording(Attempted, Stateful):
    """One uploaded or browser-made recording, stored as sent."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", gettext_lazy("Being judged")
        ACCEPTED = "accepted", gettext_lazy("Good")
        REFUSED = "refused", gettext_lazy("Can't be used")

    MOVES: ClassVar[Moves] = {
        State.UPLOADED: {State.ACCEPTED, State.REFUSED},
        State.ACCEPTED: set(),
        State.REFUSED: {State.UPLOADED},
    }
    TOO_SLOW = "too_slow"  # refused though nothing is known to be wrong with it

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="recordings")
    file_name = models.CharField(max_length=200)
    storage_key = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    transcript = models.TextField(blank=True)
    line = models.CharField(
        max_length=16, blank=True, db_default="", default="",
        help_text="The sentence of ours that was read, by its key.",
    )  # fmt: skip
    state = models.CharField(max_length=12, choices=State, default=State.UPLOADED)
    refusal_code = models.CharField(max_length=32, blank=True)
    refusal = models.TextField(blank=True)
    quality = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["voice", "sha256"], name="a_recording_counts_once"),
            models.UniqueConstraint(
                fields=["voice", "line"], condition=~Q(line=""), name="a_line_has_one_take"
            ),
        )

    def __str__(self) -> str:
        return self.file_name

    @property
    def verdict(self) -> StrOrPromise:
        """Its state in words, and no plain "Good" where the page gives advice beside it."""
        advice = self.quality.get("advice") if self.state == self.State.ACCEPTED else None
        if not advice:
            return self.get_state_display()
        if NOISY_ADVICE in advice:
            return gettext_lazy("Usable, a little noisy")
        return gettext_lazy("Usable")


class Enrolment(Stateful):
    """One run of learning a voice from its recordings."""

    class State(models.TextChoices):
        QUEUED = "queued", gettext_lazy("Waiting")
        RUNNING = "running", gettext_lazy("Learning")
        DONE = "done", gettext_lazy("Done")
        FAILED = "failed", gettext_lazy("Failed")

    MOVES: ClassVar[Moves] = {
        State.QUEUED: {State.RUNNING, State.FAILED},
        State.RUNNING: {State.RUNNING, State.DONE, State.FAILED},
        State.DONE: set(),
        State.FAILED: set(),
    }

    OPEN = (State.QUEUED, State.RUNNING)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="enrolments")
    consent = models.ForeignKey(
        "consent.Consent", null=True, on_delete=models.PROTECT, related_name="enrolments"
    )
    style_mix = models.JSONField(null=True, help_text="A synthetic voice: a point in style space.")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    stage = models.CharField(max_length=80, blank=True)
    progress = models.FloatField(default=0.0)
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=32, blank=True)
    error = models.TextField(blank=True)
    first_impression = models.CharField(
        max_length=200, blank=True, help_text="Where the instant voice's clip is, while it learns."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["voice"],
                condition=Q(state__in=["queued", "running"]),
                name="one_enrolment_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(consent__isnull=False) | Q(style_mix__isnull=False),
                name="no_enrolment_without_consent",
            ),
        )


class VoiceVersion(models.Model):
    """An enrolled template: where it is stored, for which engine, and its quality."""

    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="versions")
    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="version")
    number = models.PositiveIntegerField()
    engine = models.CharField(max_length=32)
    engine_version = models.CharField(max_length=16)
    storage_key = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    embedding = RotatedVectorField(dimensions=256)
    report = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["voice", "number"], name="versions_count_up"),
        )
        indexes = (
            HnswIndex(
                name="version_embedding",
                fields=["embedding"],
                opclasses=["vector_cosine_ops"],
            ),
        )


class EngineRelease(Stateful):
    """A version of the engine's weights that workers adopt while they keep speaking."""

    class State(models.TextChoices):
        OFFERED = "offered", "Offered to the workers"
        LIVE = "live", "In use"
        REFUSED = "refused", "Refused by the canary"

    MOVES: ClassVar[Moves] = {
        State.OFFERED: {State.LIVE, State.REFUSED},
        State.LIVE: set(),
        State.REFUSED: set(),
    }

    version = models.CharField(max_length=16)
    folder = models.CharField(max_length=400, help_text="Seen by every worker.")
    state = models.CharField(max_length=12, choices=State, default=State.OFFERED)
    comparison = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)


class Preview(Attempted):
    """A clip that anyone may hear."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(VoiceVersion, on_delete=models.CASCADE, related_name="previews")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    use = models.CharField(max_length=16, choices=Use, blank=True, db_default="", default="")
    storage_key = models.CharField(max_length=200, blank=True)
    seconds = models.FloatField(default=0.0)
    waveform = models.JSONField(default=list)
    refused = models.CharField(
        max_length=300, blank=True, help_text="Why it is not spoken; its creator reads this."
    )

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["version", "position"], name="one_preview_a_place"),
        )
