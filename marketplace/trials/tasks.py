"""Scheduled work of trials."""

from __future__ import annotations

from celery import shared_task

from marketplace.trials import services


@shared_task
def tidy_trials() -> None:
    """End trials that nobody speaks any more, and erase old texts. Safe to repeat."""
    services.tidy()
