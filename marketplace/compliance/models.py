"""The audit trail: who did what to what, and when. The database refuses updates and deletes."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """One event, written in the transaction of the change it describes."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(max_length=64, db_index=True)
    subject_type = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["subject_type", "subject_id"]),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.subject_type} {self.subject_id}"


class AuditLink(models.Model):
    """An event's place in its day's chain: each hash covers the event and the hash before it."""

    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="link")
    day = models.DateField()
    position = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("day", "position")
        constraints = (
            models.UniqueConstraint(fields=["day", "position"], name="one_event_a_place"),
        )


class AuditHead(models.Model):
    """The signed end of a day's chain, which follows the signed end before it.

    number, before: from the first head that was numbered on, its place among them, and the SHA-256
    of the signature before it; so a day that is taken out with all its rows is missed.
    """

    day = models.DateField(unique=True)
    number = models.PositiveIntegerField(null=True, unique=True)
    before = models.CharField(max_length=64, blank=True)
    events = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    signature = models.TextField(help_text="A JSON Web Signature of the above.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("day",)
