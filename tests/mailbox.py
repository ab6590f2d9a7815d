"""The contents of people's mailboxes, with every waiting letter delivered now."""

from __future__ import annotations

from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from marketplace.letters import services
from marketplace.letters.models import Letter


def delivered() -> list[EmailMessage]:
    """All letters so far; waiting ones are sent first, due or not."""
    waiting = Letter.objects.filter(state=Letter.State.WAITING).order_by("pk")
    waiting.update(next_try_at=timezone.now())
    for letter in waiting:
        services.send(letter_id=letter.pk)
    return mail.outbox
