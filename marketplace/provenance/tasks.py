"""Upkeep of clips whose origin people asked for."""

from __future__ import annotations

from celery import shared_task

from marketplace.provenance import services


@shared_task
def forget_clips() -> None:
    """Examine clips whose turn was lost, and erase old ones. Safe to repeat."""
    services.forget_clips()
