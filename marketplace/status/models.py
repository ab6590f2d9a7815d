"""What became of the platform's parts, as far as it was measured."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy


class Condition(models.TextChoices):
    """How a part of the platform is."""

    WORKING = "working", gettext_lazy("Working")
    SLOW = "slow", gettext_lazy("Slow")
    DOWN = "down", gettext_lazy("Down")
    UNKNOWN = "unknown", gettext_lazy("Unknown")


class Change(models.Model):
    """A part was found in another condition than before."""

    part = models.CharField(max_length=20)
    condition = models.CharField(max_length=8, choices=Condition)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["part", "-id"], name="changes_of_a_part"),)
