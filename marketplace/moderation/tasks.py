"""Erasure of searches for one's own voice."""

from __future__ import annotations

from celery import shared_task

from marketplace.moderation import searches


@shared_task
def forget_searches() -> None:
    """Erase the readings of searches that are over. Harmless to repeat."""
    searches.forget_searches()
