"""Deletion of data, and recovery of work that a dead worker left."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from marketplace import storage
from marketplace.consent.models import Consent
from marketplace.enrolment import enrolments, queries
from marketplace.queue import Work, at_once
from marketplace.voices.models import Preview, Recording
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
    """Requeue work that a dead worker left: enrolments, judgements, checks and previews."""
    old = timezone.now() - timedelta(minutes=4)
    for enrolment in queries.stalled_enrolments():
        enrolments.requeue_enrolment(enrolment=enrolment)
    for pk in Recording.objects.filter(
        state=Recording.State.UPLOADED, created_at__lt=old
    ).values_list("pk", flat=True):
        at_once(Work.JUDGE_RECORDING, pk)
    for pk in Consent.objects.filter(state=Consent.State.CHECKING, recorded_at__lt=old).values_list(
        "pk", flat=True
    ):
        at_once(Work.VERIFY_CONSENT, pk)
    for pk in set(
        Preview.objects.filter(storage_key="", refused="", version__created_at__lt=old).values_list(
            "version_id", flat=True
        )
    ):
        at_once(Work.MAKE_PREVIEWS, pk)
