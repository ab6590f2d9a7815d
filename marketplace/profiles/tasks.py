"""Work for followers in the background."""

from __future__ import annotations

from celery import shared_task

from marketplace.profiles import following


@shared_task
def tell_followers() -> None:
    """Write to followers about new voices. Harmless to repeat."""
    following.tell_followers()
