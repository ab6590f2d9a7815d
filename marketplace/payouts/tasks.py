"""Acting on the payment provider's events."""

from __future__ import annotations

from celery import shared_task

from marketplace.payouts import services
from marketplace.payouts.models import ProviderEvent
from marketplace.payouts.stripe_api import PaymentProviderUnavailable


@shared_task(autoretry_for=(PaymentProviderUnavailable,), retry_backoff=True, max_retries=6)
def process_event(event_pk: int) -> None:
    """Act on one event; retried while the provider is away, harmless to repeat."""
    services.process_event(event_pk=event_pk)


@shared_task
def process_pending_events() -> None:
    """Take up events whose task was lost."""
    for pk in ProviderEvent.objects.filter(processed_at=None).values_list("pk", flat=True)[:100]:
        process_event.delay(pk)
