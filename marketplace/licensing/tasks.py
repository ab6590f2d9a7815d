"""Licensing on a schedule."""

from __future__ import annotations

from celery import shared_task

from marketplace.licensing import services, usage


@shared_task
def expire_licences() -> None:
    """End licences whose term is over; the next run repeats what failed."""
    services.expire_licences()


@shared_task
def release_abandoned_usage() -> None:
    """Give back characters whose request died; the next run repeats what failed."""
    usage.release_abandoned()
