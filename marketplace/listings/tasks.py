"""Work on listings in the background."""

from __future__ import annotations

from celery import shared_task

from marketplace.listings import consented


@shared_task
def hold_to_consent(voice_id: int) -> None:
    """Offer a voice for no use that its speaker took out. Harmless to repeat."""
    consented.hold_to_consent(voice_id=voice_id)
