"""Licensing on a schedule, and its letters."""

from __future__ import annotations

from smtplib import SMTPException

from celery import shared_task

from marketplace.licensing import (
    lifecycle,
    mail,
    plan_letters,
    quotes,
    renewals,
    spoken_texts,
    usage,
)


@shared_task
def expire_licences() -> None:
    """End licences whose term is over, and exclusivity with them; the next run repeats what failed."""
    lifecycle.expire_licences()
    quotes.end_exclusivities()


@shared_task
def remind_of_ends() -> None:
    """Write to buyers whose licences end soon, once; the next run repeats what failed."""
    renewals.remind()


@shared_task
def release_abandoned_usage() -> None:
    """Give back characters whose request died; the next run repeats what failed."""
    usage.release_abandoned()


@shared_task(autoretry_for=(OSError, SMTPException), retry_backoff=True, max_retries=6)
def send_letter(licence_id: int, letter: str, reason: str) -> None:
    """Send one letter; retried while the mail server is away."""
    mail.send(licence_id=licence_id, letter=letter, reason=reason)


@shared_task(autoretry_for=(OSError, SMTPException), retry_backoff=True, max_retries=6)
def send_plan_letter(subscription_id: int, letter: str, plan: str) -> None:
    """Send one letter about a plan; retried while the mail server is away."""
    plan_letters.send(subscription_id=subscription_id, letter=letter, plan=plan)


@shared_task
def announce_withdrawal(voice_id: int) -> None:
    """Tell every licensee of a voice that its speaker withdrew, and until when it speaks."""
    renewals.announce_withdrawal(voice_id=voice_id)


@shared_task
def forget_spoken_texts() -> None:
    """Erase spoken texts that are past their time. Harmless to repeat."""
    spoken_texts.forget_texts()
