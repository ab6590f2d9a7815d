"""Watermarks and what they stand for, and examinations of audio."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from marketplace.attempts import Attempted
from marketplace.in_line import InLine
from marketplace.licensing.models import Generation
from marketplace.states import Moves, Stateful
from marketplace.voices.models import Voice


class Mark(models.Model):
    """The payload of a watermark: which voice spoke, for which request, preview or trial."""

    class Kind(models.TextChoices):
        SPEECH = "speech", "Licensed speech"
        PREVIEW = "preview", "A preview"
        TRIAL = "trial", "A visitor's trial"

    payload = models.BigIntegerField(unique=True, help_text="32 random bits.")
    kind = models.CharField(max_length=8, choices=Kind)
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="marks")
    generation = models.OneToOneField(
        Generation, null=True, on_delete=models.PROTECT, related_name="mark"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(payload__gte=0, payload__lt=1 << 32), name="a_mark_has_32_bits"
            ),
        )

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        return f"{self.payload:08x}"


class Examination(InLine, Attempted, Stateful):
    """One examination of a clip's origin; the clip itself is not stored, the result for `RESULTS_KEPT`."""

    class State(models.TextChoices):
        QUEUED = "queued", "Being listened to"
        DONE = "done", "Done"
        REFUSED = "refused", "Can't be read"

    MOVES: ClassVar[Moves] = {
        State.QUEUED: {State.DONE, State.REFUSED},
        State.DONE: set(),
        State.REFUSED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    storage_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    verdict = models.CharField(max_length=16, blank=True)
    findings = models.JSONField(default=dict)
    mark = models.ForeignKey(Mark, null=True, on_delete=models.PROTECT, related_name="+")
    report = models.TextField(blank=True, help_text="Signed, as a JSON Web Signature.")
    reason_code = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True)
