"""Licensing on a schedule, and its letters."""

from __future__ import annotations

from celery import shared_task

from marketplace.licensing import exclusivity, lifecycle, renewals, settlement, spoken_texts


@shared_task
def expire_licences() -> None:
    """End licences whose term is over, and exclusivity with them; the next run repeats what failed."""
    lifecycle.expire_licences()
    exclusivity.end_exclusivities()


@shared_task
def remind_of_ends() -> None:
    """Write to buyers whose licences end soon, once; the next run repeats what failed."""
    renewals.remind()


@shared_task
def release_abandoned_usage() -> None:
    """Give back characters whose request died; the next run repeats what failed."""
    settlement.release_abandoned()


@shared_task
def announce_withdrawal(voice_id: int) -> None:
    """Tell every licensee of a voice that its speaker withdrew, and until when it speaks."""
    renewals.announce_withdrawal(voice_id=voice_id)


@shared_task
def forget_spoken_texts() -> None:
    """Erase spoken texts that are past their time. Harmless to repeat."""
    spoken_texts.forget_texts()
