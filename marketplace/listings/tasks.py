"""Work on listings in the background."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from marketplace.listings import consented, rates, samples, shelf
from marketplace.refusals import Refused


@shared_task
def hold_to_consent(voice_id: int) -> None:
    """Offer a voice for no use that its speaker took out. Harmless to repeat."""
    consented.hold_to_consent(voice_id=voice_id)


@shared_task(autoretry_for=(Refused,), retry_backoff=60, retry_backoff_max=1800, max_retries=6)
def load_rates() -> None:
    """Load the bank's rates of today, where a setting says from where; the same ones again change nothing."""
    if settings.RATES_URL:
        rates.load(rates.fetch())


@shared_task
def forget_samples() -> None:
    """Hear samples whose turn was lost, and delete old ones. Safe to repeat."""
    samples.forget_samples()


@shared_task
def forget_shelf_notes() -> None:
    """Delete what every process knows of the shelf. Safe to repeat."""
    shelf.forget_notes()
