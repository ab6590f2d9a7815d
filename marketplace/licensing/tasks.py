"""Scheduled work of licensing, and its letters."""

from __future__ import annotations

from celery import shared_task

from marketplace.licensing import (
    consent_notices,
    exclusivity,
    lifecycle,
    popularity,
    renewals,
    settlement,
    spoken_texts,
)


@shared_task
def expire_licences() -> None:
    """End licences whose term is over, and their exclusivity; the next run retries what failed."""
    lifecycle.expire_licences()
    exclusivity.end_exclusivities()


@shared_task
def remind_of_ends() -> None:
    """Remind buyers once whose licences end soon; the next run retries what failed."""
    renewals.remind()


@shared_task
def release_abandoned_usage() -> None:
    """Release characters whose request died; the next run retries what failed."""
    settlement.release_abandoned()


@shared_task
def announce_withdrawal(voice_id: int) -> None:
    """Tell every licensee of a voice that its speaker withdrew, and how long it still speaks."""
    consent_notices.announce_withdrawal(voice_id=voice_id)


@shared_task
def announce_narrowing(voice_id: int) -> None:
    """Tell licensees which of their uses a speaker took out. Harmless to repeat."""
    consent_notices.announce_narrowing(voice_id=voice_id)


@shared_task
def warn_of_consents() -> None:
    """Tell creators, speakers and licensees once of consents that end; the next run retries what failed."""
    consent_notices.warn_of_ends()


@shared_task
def forget_spoken_texts() -> None:
    """Erase spoken texts whose retention has ended. Harmless to repeat."""
    spoken_texts.forget_texts()


@shared_task
def count_popularity() -> None:
    """Count what each voice spoke lately. Harmless to repeat."""
    popularity.count_popularity()
