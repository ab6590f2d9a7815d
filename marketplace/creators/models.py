"""A creator: the person behind a voice."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from marketplace.claimed_names import MAX_KEY


class Creator(models.Model):
    """A user who offers voices; `legal_name` is used in consents, `display_name` on pages."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="creator"
    )
    display_name = models.CharField(max_length=60)
    name_key = models.CharField(
        max_length=MAX_KEY,
        blank=True,
        db_index=True,
        editable=False,
        help_text="What that name has in common with those that pass for it.",
    )
    legal_name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, help_text="ISO 3166 code")
    adult_declared_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.display_name


class DataKey(models.Model):
    """The wrapped key that encrypts a creator's recordings and templates."""

    creator = models.OneToOneField(Creator, on_delete=models.PROTECT, related_name="data_key")
    wrapped = models.BinaryField(help_text="Empty once it is destroyed.")
    wrapped_by = models.CharField(max_length=200, help_text="A KMS key, or the environment's.")
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)
