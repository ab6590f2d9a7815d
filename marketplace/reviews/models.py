"""Reviews of voices, and reports of reviews."""

from __future__ import annotations

import json
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.compliance import audit
from marketplace.licensing.models import Licence
from marketplace.states import Moves, Stateful
from marketplace.voices.models import Voice
from marketplace.voices.uses import Use


class Review(Stateful):
    """What a licensee says of a voice: one from each person, and one from each team."""

    class State(models.TextChoices):
        SHOWN = "shown", gettext_lazy("Shown")
        TAKEN_DOWN = "taken_down", gettext_lazy("Taken down")
        APPEALED = "appealed", gettext_lazy("Appealed")
        UPHELD = "upheld", gettext_lazy("Taken down for good")

    MOVES: ClassVar[Moves] = {
        State.SHOWN: {State.TAKEN_DOWN},
        State.TAKEN_DOWN: {State.APPEALED},
        State.APPEALED: {State.SHOWN, State.UPHELD},
        State.UPHELD: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="reviews")
    licence = models.ForeignKey(
        Licence,
        on_delete=models.PROTECT,
        related_name="reviews",
        help_text="What makes its writer a licensee; the review goes with it if it is refunded.",
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="reviews")
    writer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    state = models.CharField(max_length=12, choices=State, default=State.SHOWN)
    stars = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=1000)
    use = models.CharField(max_length=16, choices=Use, help_text="What the voice was used for.")
    signature = models.CharField(max_length=40, blank=True, help_text="Empty: a licensee.")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(null=True)
    answer = models.TextField(max_length=1000, blank=True, help_text="Its creator's, once.")
    answered_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, help_text="Why a moderator decided as they did.")
    appeal = models.TextField(blank=True, help_text="What its writer says to that.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["voice", "writer"], name="a_person_reviews_once"),
            models.UniqueConstraint(fields=["voice", "organization"], name="a_team_reviews_once"),
            models.CheckConstraint(
                condition=Q(stars__gte=1, stars__lte=5), name="a_review_has_1_to_5_stars"
            ),
        )
        indexes = (
            models.Index(fields=["voice", "state", "-created_at", "-id"], name="newest_reviews"),
        )

    def __str__(self) -> str:
        return f"{self.stars} for {self.voice_id}"

    @property
    def digest(self) -> str:
        """Proves what a moderator has read: the review, its answer, open reports and the appeal."""
        reports = [report.reason for report in self.reports.all() if report.closed_at is None]
        said = [self.stars, self.use, self.signature, self.text, self.answer, self.appeal, reports]
        return audit.digest(json.dumps(said))

    @property
    def changed_since_answer(self) -> bool:
        """Whether its creator answered something else than what is shown now."""
        return bool(self.answered_at and self.changed_at and self.changed_at > self.answered_at)


class ReviewReport(models.Model):
    """Somebody's reason why a review should not be shown; closed when a moderator has decided."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reports")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="review_reports"
    )
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["review", "by"], name="a_person_reports_a_review_once"),
        )
        indexes = (
            models.Index(
                fields=["review"], condition=Q(closed_at__isnull=True), name="open_review_reports"
            ),
        )

    def __str__(self) -> str:
        return f"report of {self.review_id}"
