"""Scheduled work of the text policy."""

from __future__ import annotations

from celery import shared_task

from marketplace.policy import patterns, services


@shared_task
def forget_refused_texts() -> None:
    """Erase refused texts whose retention has ended. Safe to repeat."""
    services.forget_texts()


@shared_task
def look_for_patterns() -> None:
    """Slow down or stop organizations whose patterns show over time. Safe to repeat."""
    patterns.detect_patterns()
