"""The API's housekeeping."""

from __future__ import annotations

from celery import shared_task

from marketplace.api import idempotency, jobs


@shared_task
def tidy_api() -> None:
    """Requeue stalled job items, erase old audio, delete old idempotency keys."""
    jobs.resume_stalled()
    jobs.forget_old()
    idempotency.forget_old()
