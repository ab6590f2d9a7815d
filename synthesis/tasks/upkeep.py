"""Deletion of data, and recovery of work that a dead worker left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from marketplace import storage
from marketplace.consent.models import Consent
from marketplace.enrolment import enrolments
from marketplace.queue import Work, at_once, lost
from marketplace.voices import services as voices
from marketplace.voices.models import Preview
from synthesis.cache import AudioCache
from synthesis.tasks.retries import WHILE_STORE_AWAY


@shared_task(name=Work.DELETE_OBJECT, **WHILE_STORE_AWAY)
def delete_object(key: str) -> None:
    """Delete an object from the store; retried while it is unavailable."""
    storage.delete(key)


@shared_task(name=Work.FORGET_AUDIO)
def forget_audio(voice_id: int) -> None:
    """Erase all speech of a voice from the cache. Safe to repeat."""
    AudioCache(settings.REDIS_URL).forget(str(voice_id))


@shared_task(name=Work.RESUME_STALLED_WORK)
def resume_stalled_work() -> None:
    """Requeue work that a dead worker left or the broker lost: enrolments, judgements, checks, previews."""
    enrolments.requeue_stalled()
    old = timezone.now() - timedelta(minutes=4)
    voices.requeue_lost(before=old)
    checking = Consent.objects.filter(state=Consent.State.CHECKING, recorded_at__lt=old)
    _requeue(Work.VERIFY_CONSENT, checking.values_list("pk", flat=True))
    unspoken = Preview.objects.filter(storage_key="", refused="", version__created_at__lt=old)
    _requeue(Work.MAKE_PREVIEWS, set(unspoken.values_list("version_id", flat=True)))


def _requeue(work: Work, rows: Iterable[int]) -> None:
    for row in lost(work, rows):
        at_once(work, row)
