"""Sending letters in the background."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from marketplace.letters import services
from marketplace.letters.models import Letter
from marketplace.queue import Work, at_once, lost


@shared_task
def send(letter_id: int) -> None:
    """Attempt a letter once; when the next attempt is due, `send_due` queues it."""
    services.send(letter_id=letter_id)


@shared_task
def send_due() -> None:
    """Queue every letter whose next attempt is due, including those whose task was lost."""
    due = Letter.objects.filter(state=Letter.State.WAITING, next_try_at__lte=timezone.now())
    for pk in lost(Work.SEND_LETTER, due.values_list("pk", flat=True), most=500):
        at_once(Work.SEND_LETTER, pk)


@shared_task
def forget_given_up() -> None:
    """Delete undelivered letters that an operator has had time to see. Safe to repeat."""
    services.forget_given_up()
