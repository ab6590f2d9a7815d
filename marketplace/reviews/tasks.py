"""Work on reviews in the background."""

from __future__ import annotations

from celery import shared_task

from marketplace.reviews import services


@shared_task
def drop_reviews() -> None:
    """Delete reviews whose licence was refunded or revoked. Harmless to repeat."""
    services.drop_reviews()
