"""What is to be deleted, and what a dead worker left."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from marketplace import storage
from synthesis.tasks.learning import make_previews
from synthesis.tasks.listening import judge_recording, verify_consent
from synthesis.tasks.retries import WHILE_STORE_AWAY


@shared_task(name="synthesis.tasks.delete_object", **WHILE_STORE_AWAY)
def delete_object(key: str) -> None:
    """Remove an object from the store; repeats while it is away."""
    storage.delete(key)


@shared_task(name="synthesis.tasks.forget_audio")
def forget_audio(voice_id: int) -> None:
    """Erase what a voice said from the cache. Harmless to repeat."""
    from synthesis.cache import AudioCache

    AudioCache(settings.REDIS_URL).forget(str(voice_id))


@shared_task(name="synthesis.tasks.resume_stalled_work")
def resume_stalled_work() -> None:
    """Queue again what a dead worker left: enrolments, judgements, checks and previews."""
    from datetime import timedelta

    from django.utils import timezone

    from marketplace.consent.models import Consent
    from marketplace.voices import enrolments, queries
    from marketplace.voices.models import Preview, Recording

    old = timezone.now() - timedelta(minutes=4)
    for enrolment in queries.stalled_enrolments():
        enrolments.requeue_enrolment(enrolment=enrolment)
    for pk in Recording.objects.filter(
        state=Recording.State.UPLOADED, created_at__lt=old
    ).values_list("pk", flat=True):
        judge_recording.delay(pk)
    for pk in Consent.objects.filter(state=Consent.State.CHECKING, recorded_at__lt=old).values_list(
        "pk", flat=True
    ):
        verify_consent.delay(pk)
    for pk in set(
        Preview.objects.filter(storage_key="", version__created_at__lt=old).values_list(
            "version_id", flat=True
        )
    ):
        make_previews.delay(pk)
