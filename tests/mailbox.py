"""What would be in people's mailboxes: every letter that waits, delivered now."""

from __future__ import annotations

from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from marketplace.letters import services
from marketplace.letters.models import Letter


def delivered() -> list[EmailMessage]:
    """All letters so far, after those that wait were sent, due or not."""
    waiting = Letter.objects.filter(state=Letter.State.WAITING).order_by("pk")
    waiting.update(next_try_at=timezone.now())
    for letter in waiting:
        services.send(letter_id=letter.pk)
    return mail.outbox
