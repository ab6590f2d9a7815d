"""API keys and their spend limits."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.licensing.models.licences import Licence
from marketplace.voices.uses import Use


class ApiKey(models.Model):
    """A key to an organization's licences; only a keyed hash of its secret is stored."""

    class Scope(models.TextChoices):
        SPEAK = "speak", gettext_lazy("Speak")
        READ = "read", gettext_lazy("Read licences and usage")
        ACCOUNT = "account", gettext_lazy("Copy or erase the account")

    NO_SECRET = ""  # the hash of a key that nobody can send (`page_keys.py`): no secret has it

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="api_keys",
        help_text="Who made it.",
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="api_keys"
    )
    licences = models.ManyToManyField(
        Licence, related_name="api_keys", help_text="What it may speak with; none: everything."
    )
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=12, choices=Scope), default=list)
    use = models.CharField(
        max_length=16, choices=Use, blank=True, help_text="What it is for, unless a call says."
    )
    networks = ArrayField(
        models.CharField(max_length=50), default=list, help_text="CIDR; none: from anywhere."
    )
    origins = ArrayField(
        models.CharField(max_length=300),
        default=list,
        help_text="Web origins whose pages may use it; none: no page.",
    )
    monthly_characters = models.PositiveIntegerField(
        null=True, help_text="Spend limit in a calendar month (UTC); none: as much as there is."
    )
    rotated_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="rotated_to"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (GinIndex(fields=["origins"], name="keys_of_an_origin"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class KeyMonth(models.Model):
    """Characters a key has spent in a month; the row is locked while a request reserves."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="months")
    month = models.DateField(help_text="Its first day.")
    characters = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["key", "month"], name="one_row_a_key_and_month"),
        )
