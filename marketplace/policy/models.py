"""Texts that were refused, and what became of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from marketplace.accounts.models import Organization
from marketplace.licensing.models import ApiKey
from marketplace.states import Stateful


class Refusal(Stateful):
    """A text that was refused: why, by which rule; the text itself only sealed, for an appeal."""

    class State(models.TextChoices):
        STANDS = "stands", "Refused"
        APPEALED = "appealed", "Appealed"
        UPHELD = "upheld", "Upheld"
        OVERTURNED = "overturned", "Overturned"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=12, choices=State, default=State.STANDS)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="refusals"
    )
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="refusals")
    voice = models.CharField(max_length=80)
    category = models.CharField(max_length=20)
    rule = models.CharField(max_length=40)
    text_sha256 = models.CharField(max_length=64, db_index=True)
    sealed_text = models.BinaryField(null=True)
    appeal = models.TextField(blank=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        permissions = (("decide_refusal", "Can decide on appeals against refused texts"),)

    def __str__(self) -> str:
        return f"{self.category} {self.public_id}"
