"""Measuring the platform in the background."""

from __future__ import annotations

from celery import shared_task

from marketplace.status import pulses, services


@shared_task
def measure() -> None:
    """Measure every part, and record what changed. Safe to repeat."""
    services.measure()


@shared_task
def note_pulse(queue: str) -> None:
    """Note that a worker takes messages of a queue."""
    pulses.note(queue)
