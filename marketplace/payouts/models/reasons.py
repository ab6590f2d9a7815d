"""Why finance did something: the words, of which the audit trail holds the hash."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Reason(models.Model):
    """What somebody in finance wrote when they did something to a row."""

    action = models.CharField(max_length=64, help_text="As the audit trail names it.")
    subject_type = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    words = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["subject_type", "subject_id"], name="reasons_by_row"),)

    def __str__(self) -> str:
        return f"{self.action}: {self.words}"
