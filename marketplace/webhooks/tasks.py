"""Delivering webhooks in the background."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from marketplace.queue import Work, at_once, lost
from marketplace.webhooks import services
from marketplace.webhooks.models import WebhookMessage


@shared_task
def deliver(message_id: int) -> None:
    """Attempt a message once; when the next attempt is due, `deliver_due` queues it."""
    services.deliver(message_pk=message_id)


@shared_task
def deliver_due() -> None:
    """Queue every message whose next attempt is due, including those whose task was lost."""
    due = WebhookMessage.objects.filter(
        state=WebhookMessage.State.WAITING,
        next_try_at__lte=timezone.now(),
        endpoint__disabled_at=None,
    ).order_by("next_try_at")  # so that those of who is slow, put off again and again, come last
    for pk in lost(Work.DELIVER_WEBHOOK, due.values_list("pk", flat=True), most=500):
        at_once(Work.DELIVER_WEBHOOK, pk)
