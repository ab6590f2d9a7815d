"""What the API remembers of requests."""

from __future__ import annotations

from django.db import models

from marketplace.licensing.models import ApiKey, Generation


class IdempotentRequest(models.Model):
    """A POST with an Idempotency-Key: what it asked, and what it was answered with."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    generation = models.ForeignKey(
        Generation, null=True, on_delete=models.CASCADE, related_name="+"
    )
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["api_key", "key"], name="an_idempotency_key_is_one_request"
            ),
        )
