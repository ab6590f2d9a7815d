"""What the policy forgets."""

from __future__ import annotations

from celery import shared_task

from marketplace.policy import letters, patterns, services


@shared_task
def forget_refused_texts() -> None:
    """Erase refused texts past their time. Safe to repeat."""
    services.forget_texts()


@shared_task
def look_for_patterns() -> None:
    """Slow down and stop what only shows over time. Safe to repeat."""
    patterns.look()


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=8)
def send_letter(suspicion_id: int, letter: str) -> None:
    """Write to an organization; tried again while the mail server is away."""
    letters.send(suspicion_id=suspicion_id, letter=letter)
