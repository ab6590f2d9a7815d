"""What the policy forgets."""

from __future__ import annotations

from celery import shared_task

from marketplace.policy import services


@shared_task
def forget_refused_texts() -> None:
    """Erase refused texts past their time. Safe to repeat."""
    services.forget_texts()
