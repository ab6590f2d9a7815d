"""What the policy forgets."""

from __future__ import annotations

from celery import shared_task

from marketplace.policy import patterns, services


@shared_task
def forget_refused_texts() -> None:
    """Erase refused texts past their time. Safe to repeat."""
    services.forget_texts()


@shared_task
def look_for_patterns() -> None:
    """Slow down and stop what only shows over time. Safe to repeat."""
    patterns.look()
